#!/usr/bin/python3
"""Seeds a fresh cloud: `seed.py identity` users, roles and endpoints; `seed.py cloud` networks, flavors, images, quotas."""
import os
import sys

from api import HOST, Api

NET = os.environ['OSC_NET']
VIRT = os.environ['OSC_VIRT']
TENANT_NETWORKS = os.environ['OSC_TENANT_NETWORKS'] == 'yes'
SERVICES = (
    ('image', 'glance', f'http://{HOST}:9292'),
    ('placement', 'placement', f'http://{HOST}:8778'),
    ('compute', 'nova', f'http://{HOST}:8774/v2.1'),
    ('network', 'neutron', f'http://{HOST}:9696'),
)
FLAVORS = (
    {'name': 'm1.tiny', 'vcpus': 1, 'ram': 512, 'disk': 2},
    # Room for an installed platform; small, because a snapshot of an lxc server reads and writes its whole disk.
    {'name': 'm1.faas', 'vcpus': 2, 'ram': 2048, 'disk': 3},
    # More than the host has: "no valid host" on demand.
    {'name': 'm1.huge', 'vcpus': 1, 'ram': 512, 'disk': 9_000_000},
)
COMPUTE_QUOTA = {'instances': 500, 'cores': 2000, 'ram': 4_000_000, 'server_groups': 500, 'key_pairs': 500}
NETWORK_QUOTA = {'port': 1000, 'security_group': 500, 'security_group_rule': 2000, 'network': 100, 'subnet': 100,
                 'router': 50, 'floatingip': 200}


def seed_identity(admin):
    roles = {role['name']: role['id'] for role in admin.call('GET', 'identity/roles')['roles']}
    for name in ('service', 'member', 'reader'):
        if name not in roles:
            roles[name] = admin.call('POST', 'identity/roles', json={'role': {'name': name}})['role']['id']
    for user, project, granted in (
        ('svc', 'service', ('admin', 'service')),
        ('tester', 'test', ('member', 'reader')),
        ('cramped', 'small', ('member', 'reader')),
    ):
        body = {'name': project, 'domain_id': 'default'}
        project_id = admin.call('POST', 'identity/projects', json={'project': body})['project']['id']
        body = {'name': user, 'password': user, 'domain_id': 'default', 'default_project_id': project_id}
        user_id = admin.call('POST', 'identity/users', json={'user': body})['user']['id']
        for role in granted:
            admin.call('PUT', f'identity/projects/{project_id}/users/{user_id}/roles/{roles[role]}')
    for kind, name, url in SERVICES:
        body = {'type': kind, 'name': name}
        service = admin.call('POST', 'identity/services', json={'service': body})['service']['id']
        for interface in ('public', 'internal'):
            endpoint = {'service_id': service, 'interface': interface, 'url': url, 'region': 'RegionOne'}
            admin.call('POST', 'identity/endpoints', json={'endpoint': endpoint})


def seed_networks(admin):
    public = admin.call('POST', 'network/networks', json={'network': {
        'name': 'public', 'shared': True, 'router:external': True,
        'provider:network_type': 'flat', 'provider:physical_network': 'physnet1'}})['network']['id']
    # lxc servers have no config drive: they find their address and the metadata service by DHCP.
    admin.call('POST', 'network/subnets', json={'subnet': {
        'network_id': public, 'name': 'public4', 'ip_version': 4, 'cidr': f'{NET}.0/24', 'gateway_ip': f'{NET}.1',
        'enable_dhcp': VIRT == 'lxc', 'allocation_pools': [{'start': f'{NET}.5', 'end': f'{NET}.254'}]}})
    if TENANT_NETWORKS:
        seed_private_network(public)


def seed_private_network(public):
    """What many clouds give a new project: its own network behind a router, with a smaller MTU than Ethernet's."""
    tester = Api('tester', 'test')
    network = tester.call('POST', 'network/networks', json={'network': {
        'name': 'private', 'mtu': int(os.environ['OSC_TENANT_MTU'])}})['network']['id']
    subnet = tester.call('POST', 'network/subnets', json={'subnet': {
        'network_id': network, 'name': 'private4', 'ip_version': 4, 'cidr': '192.168.77.0/24',
        'dns_nameservers': ['192.168.77.1']}})['subnet']['id']
    router = tester.call('POST', 'network/routers', json={'router': {
        'name': 'router', 'external_gateway_info': {'network_id': public}}})['router']['id']
    tester.call('PUT', f'network/routers/{router}/add_router_interface', json={'subnet_id': subnet})


def seed_image(admin, name, path, disk_format, container_format='bare', **properties):
    image = admin.call('POST', 'image/images', json={
        'name': name, 'disk_format': disk_format, 'container_format': container_format, 'visibility': 'public',
        **properties})['id']
    with open(path, 'rb') as data:
        admin.call('PUT', f'image/images/{image}/file', data=data,
                   headers={'Content-Type': 'application/octet-stream'})
    return image


def seed_images(admin):
    folder = os.environ.get('OSC_IMAGE', '')
    if VIRT == 'fake':
        empty = os.path.join(os.environ['OSC_STATE'], 'empty.raw')
        with open(empty, 'wb') as file:
            file.truncate(1 << 20)
        seed_image(admin, 'debian-12', empty, 'raw', os_distro='debian')
    elif VIRT == 'lxc':
        # A bare ext4 without a partition table: that is what Nova's lxc driver mounts.
        seed_image(admin, 'debian-12', f'{folder}/lxc.raw', 'raw', os_distro='debian')
    else:
        kernel = seed_image(admin, 'debian-12-kernel', f'{folder}/vmlinuz', 'aki', 'aki')
        initrd = seed_image(admin, 'debian-12-initrd', f'{folder}/initrd', 'ari', 'ari')
        seed_image(admin, 'debian-12', f'{folder}/guest.qcow2', 'qcow2', os_distro='debian', hw_rng_model='virtio',
                   kernel_id=kernel, ramdisk_id=initrd,
                   os_command_line='root=/dev/vda ro console=ttyS0 mitigations=off init_on_alloc=0 audit=0')


def seed_quotas(admin):
    projects = {p['name']: p['id'] for p in admin.call('GET', 'identity/projects')['projects']}
    admin.call('PUT', f'compute/os-quota-sets/{projects["test"]}', json={'quota_set': COMPUTE_QUOTA})
    admin.call('PUT', f'network/quotas/{projects["test"]}', json={'quota': NETWORK_QUOTA})
    admin.call('PUT', f'compute/os-quota-sets/{projects["small"]}', json={'quota_set': {'instances': 1}})


admin_user = Api('admin', 'admin')
if sys.argv[1:] == ['identity']:
    seed_identity(admin_user)
elif sys.argv[1:] == ['cloud']:
    seed_networks(admin_user)
    for flavor in FLAVORS:
        admin_user.call('POST', 'compute/flavors', json={'flavor': flavor})
    seed_images(admin_user)
    seed_quotas(admin_user)
else:
    sys.exit('usage: seed.py identity|cloud')
