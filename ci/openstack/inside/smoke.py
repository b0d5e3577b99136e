#!/usr/bin/python3
"""The whole life of a server as an ordinary project member sees it, from outside the cloud. Run by ci/openstack/smoke."""
import argparse
import base64
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

from api import Api

ENDINGS = {'ACTIVE', 'ERROR'}
BOOT_S = 300
OUTSIDE, VIRT = os.environ['OSC_OUTSIDE'], os.environ['OSC_VIRT']
began = time.monotonic()


def say(text):
    print(f'{time.monotonic() - began:7.1f} s  {text}', flush=True)


def check(holds, statement):
    """One statement about the cloud: printed, and the end when it does not hold."""
    if not holds:
        sys.exit(f'smoke: FAILED: not true: {statement}')
    say(f'ok: {statement}')


def wait_for(seconds, what, ask, pause_s=0.5):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            sys.exit(f'smoke: FAILED: {what}: not within {seconds} s')
        time.sleep(pause_s)
    return answer


def keygen(folder, name):
    path = os.path.join(folder, name)
    subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path], check=True)
    with open(path, encoding='ascii') as private, open(path + '.pub', encoding='ascii') as public:
        return path, private.read(), public.read().strip()


def indent(text, by):
    return ''.join(' ' * by + line + '\n' for line in text.splitlines())


def user_data(login_key, host_private, host_public, word):
    """All of cloud-init that a harness uses: login key, known host key, file, command."""
    return f"""#cloud-config
ssh_authorized_keys:
- {login_key}
ssh_deletekeys: true
ssh_keys:
  ed25519_private: |
{indent(host_private, 4)}  ed25519_public: {host_public}
write_files:
- path: /etc/smoke
  content: {word}
runcmd:
- [sh, -c, "echo RUNCMD-{word} >/dev/console"]
"""


class Smoke:
    """One user's session; whatever it makes is removed by `undo`, newest first."""

    def __init__(self, api, undo, name):
        self.api, self.undo, self.name = api, undo, name
        self.flavor = self.id_of('compute/flavors', 'flavors', 'm1.faas')
        self.image = self.id_of('image/images', 'images', 'debian-12')

    def id_of(self, url, kind, name):
        found = [x['id'] for x in self.api.call('GET', url)[kind] if x['name'] == name]
        return found[0] if found else sys.exit(f'smoke: FAILED: {url} has no {name}')

    def make(self, url, kind, **fields):
        made = self.api.call('POST', url, json={kind: fields})[kind]
        self.undo.callback(self.remove, f'{url}/{made["id"]}')
        return made

    def remove(self, url):
        def gone():
            # A port or group may still be in use by the server that is being deleted.
            return self.api.raw('DELETE', url).status_code in (204, 404) and self.api.raw('GET', url).status_code == 404
        wait_for(120, f'{url} is deleted', gone)

    def group(self, *rules):
        """A security group from (remote address, port) pairs."""
        group = self.make('network/security-groups', 'security_group', name=self.name)
        for remote, port in rules:
            self.api.call('POST', 'network/security-group-rules', json={'security_group_rule': {
                'security_group_id': group['id'], 'direction': 'ingress', 'protocol': 'tcp', 'ethertype': 'IPv4',
                'port_range_min': port, 'port_range_max': port, 'remote_ip_prefix': remote}})
        return group

    def port(self, network, group):
        network = self.id_of('network/networks', 'networks', network)
        return self.make('network/ports', 'port', network_id=network, name=self.name, security_groups=[group['id']])

    def server(self, port, data='', image=None):
        server = self.make('compute/servers', 'server', name=self.name, imageRef=image or self.image,
                           flavorRef=self.flavor, networks=[{'port': port['id']}], metadata={'smoke': self.name},
                           tags=['smoke'], user_data=base64.b64encode(data.encode()).decode())
        def ended():
            state = self.api.call('GET', f'compute/servers/{server["id"]}')['server']
            return state if state['status'] in ENDINGS else None
        state = wait_for(BOOT_S, 'the server is ACTIVE', ended)
        check(state['status'] == 'ACTIVE', f'the server is ACTIVE ({state.get("fault", "no fault")})')
        return server['id']

    def console(self, server):
        return self.api.call('POST', f'compute/servers/{server}/action',
                             json={'os-getConsoleOutput': {'length': 100}})['output']


class Guest:
    """A server as seen by ssh, strictly: the host key must be the one that went in by user-data."""

    def __init__(self, folder, address, login, host_public):
        known = os.path.join(folder, f'known-{address}')
        with open(known, 'w', encoding='ascii') as file:
            file.write(f'{address} {" ".join(host_public.split()[:2])}\n')
        self.words = ['ssh', '-F', '/dev/null', '-i', login, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes',
                      '-o', f'UserKnownHostsFile={known}', '-o', 'GlobalKnownHostsFile=/dev/null',
                      '-o', 'ConnectTimeout=5', '-o', 'LogLevel=ERROR', f'debian@{address}']

    def run(self, command, data=None):
        try:
            return subprocess.run(self.words + [command], input=data, capture_output=True, text=True, timeout=600,
                                  check=False)
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(late.cmd, 255, '', 'timed out')

    def answers(self):
        return self.run('true').returncode == 0

    def says(self, command):
        result = self.run(command)
        if result.returncode != 0:
            sys.exit(f'smoke: FAILED: {command}: exit code {result.returncode}\n{result.stdout}{result.stderr}')
        return result.stdout.strip()


def log_in(smoke, folder, guest, server, since):
    try:
        wait_for(BOOT_S, 'ssh answers with the host key from user-data', guest.answers)
    except SystemExit:
        print(f'ssh says: {guest.run("true").stderr}\nconsole:\n{smoke.console(server)[-3000:]}', file=sys.stderr)
        raise
    say(f'ok: ssh answers with exactly the host key from user-data, {time.monotonic() - since:.1f} s after the request')


def answer_of(address, port):
    """What a connection gets within 3 s: '' for nothing at all, which is what a firewall that drops it gives."""
    words = ['bash', '-c', f'exec 3<>/dev/tcp/{shlex.quote(address)}/{port}']
    try:
        ended = subprocess.run(words, capture_output=True, timeout=3, check=False)
    except subprocess.TimeoutExpired:
        return ''
    return ended.stderr.decode(errors='replace').strip() or 'a connection'


def until_filtered(address, port, what):
    """A busy agent may set a port's rules after the server on it can be reached; where it never does, that is a failure."""
    end = time.monotonic() + 60
    while (answer := answer_of(address, port)) != '':
        if time.monotonic() > end:
            sys.exit(f'smoke: FAILED: not true: {what}: after 60 s there is still an answer: {answer}')
        time.sleep(0.5)
    say(f'ok: {what}')


def look_inside(smoke, guest, server, word):
    status = guest.says('cloud-init status --wait --long || true')
    check('status: done' in status, 'cloud-init is done without errors')
    check(guest.says('cat /etc/smoke') == word, 'write_files wrote')
    check(guest.says('sudo -n id -u') == '0', 'the user debian may use sudo')
    check(guest.says('ls /etc/ssh/ssh_host_*_key') == '/etc/ssh/ssh_host_ed25519_key', 'there is no other host key')
    check(guest.says('echo $SSH_CLIENT').split()[0] == OUTSIDE, f'the server sees us as {OUTSIDE}, not behind NAT')
    absent = 'for p in containerd runc iptables ctr; do command -v $p; done; ls /opt/cni /usr/lib/cni 2>/dev/null'
    check(guest.run(f'PATH=$PATH:/usr/sbin; {absent}').stdout == '', 'the image has no containerd, runc, CNI, iptables')
    say(guest.says('uptime -p; df -h / | tail -1; free -m | sed -n 2p; systemd-analyze | head -1; '
                   'systemctl --failed --no-legend --plain'))
    check(f'RUNCMD-{word}' in wait_for(30, 'a console log', lambda: smoke.console(server)),
          'runcmd ran, and the console log shows it')


def check_snapshot(smoke, folder, guest, server):
    guest.says('echo kept | sudo tee /etc/kept; sync')
    began_s = time.monotonic()
    image = smoke.api.call('POST', f'compute/servers/{server}/action',
                           json={'createImage': {'name': smoke.name}})['image_id']
    smoke.undo.callback(smoke.remove, f'image/images/{image}')
    def ended():
        answer = smoke.api.raw('GET', f'image/images/{image}')
        status = answer.json()['status'] if answer.status_code == 200 else 'gone'
        return status if status not in ('queued', 'saving') else None
    status = wait_for(300, 'the snapshot is finished', ended)
    check(status == 'active', f'a member\'s snapshot is active after {time.monotonic() - began_s:.1f} s')
    return image


def one_server(smoke, folder, network, floating, image=None):
    """Makes one server, logs in, and returns (server id, guest)."""
    word = secrets.token_hex(4)
    login, _, login_public = keygen(folder, f'login-{word}')
    _, host_private, host_public = keygen(folder, f'host-{word}')
    port = smoke.port(network, smoke.group((f'{OUTSIDE}/32', 22), ('198.51.100.7/32', 9998)))
    address = port['fixed_ips'][0]['ip_address']
    if floating:
        public = smoke.id_of('network/networks', 'networks', 'public')
        address = smoke.make('network/floatingips', 'floatingip', floating_network_id=public,
                             port_id=port['id'])['floating_ip_address']
    since = time.monotonic()
    server = smoke.server(port, user_data(login_public, host_private, host_public, word), image)
    if VIRT == 'fake':
        return server, None
    guest = Guest(folder, address, login, host_public)
    log_in(smoke, folder, guest, server, since)
    look_inside(smoke, guest, server, word)
    until_filtered(address, 9999, 'a port without a rule is filtered')
    until_filtered(address, 9998, 'a port with a rule for another address is filtered')
    return server, guest


def check_mtu(smoke, guest):
    """The tenant network's MTU arrives in the server, and what is larger than that crosses it."""
    mtu = os.environ['OSC_TENANT_MTU']
    seen = guest.says('ip -o link show | grep -v " lo:" | grep -o "mtu [0-9]*"')
    check(seen == f'mtu {mtu}', f'the server\'s network card has an MTU of {mtu} ({seen})')
    size = 50 << 20
    result = guest.run(f'head -c {size} | wc -c', 'x' * size)
    check(result.stdout.strip() == str(size), f'50 MiB cross the floating IP and the network of MTU {mtu}')


def application_credential(api, undo, name):
    """Goes on as an application credential, as careful users do."""
    made = api.call('POST', f'identity/users/{api.user_id}/application_credentials',
                    json={'application_credential': {'name': name}})['application_credential']
    def remove():
        # A credential may not delete itself: with the password again.
        Api('tester', 'test').call('DELETE', f'identity/users/{api.user_id}/application_credentials/{made["id"]}')
    undo.callback(remove)
    api.use_application_credential(made)
    say('ok: a member makes an application credential and gets a token for it')


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--floating-ip', action='store_true')
    options.add_argument('--snapshot', action='store_true')
    chosen = options.parse_args()
    network = 'private' if chosen.floating_ip else 'public'
    name = f'smoke-{secrets.token_hex(4)}'
    with ExitStack() as undo:
        folder = undo.enter_context(tempfile.TemporaryDirectory(prefix='givre-smoke-'))
        api = Api('tester', 'test')
        application_credential(api, undo, name)
        smoke = Smoke(api, undo, name)
        server, guest = one_server(smoke, folder, network, chosen.floating_ip)
        if chosen.floating_ip and guest:
            check_mtu(smoke, guest)
        if chosen.snapshot:
            image = check_snapshot(smoke, folder, guest, server) if guest else None
            smoke.remove(f'compute/servers/{server}')
            if image:
                _, second = one_server(smoke, folder, network, chosen.floating_ip, image)
                check(second.says('cat /etc/kept') == 'kept', 'a server booted from the snapshot has its files')
    say('ok: all deleted')


main()
