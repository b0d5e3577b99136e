#!/usr/bin/python3
"""Fills in the templates of config/ and writes them to $OSC_STATE/conf; a name that nobody defines is an error."""
import os
import string
from pathlib import Path

state, api, virt = os.environ['OSC_STATE'], os.environ['OSC_API'], os.environ['OSC_VIRT']
lxc = virt == 'lxc'

SERVICE_LOGIN = f"""auth_type = password
auth_url = http://{api}:5000/v3
project_domain_name = Default
user_domain_name = Default
project_name = service
username = svc
password = svc
region_name = RegionOne"""

values = {
    'state': state,
    'api': api,
    'host': f'givre-cloud-{os.environ["OSC_NUMBER"]}',
    'service_login': SERVICE_LOGIN,
    'messaging': 'transport_url = rabbit://guest:guest@127.0.0.1:5672/\nuse_stderr = true',
    'compute_driver': 'libvirt.LibvirtDriver' if virt != 'fake' else 'fake.FakeDriver',
    'libvirt_type': virt if virt != 'fake' else 'qemu',
    'images_type': 'raw' if lxc else 'qcow2',
    'force_raw_images': str(lxc).lower(),
    'use_cow_images': str(not lxc).lower(),
    'force_config_drive': str(virt == 'qemu').lower(),
}

target = Path(state, 'conf')
target.mkdir(parents=True, exist_ok=True)
for template in Path(__file__).parents[1].joinpath('config').iterdir():
    text = string.Template(template.read_text()).substitute(values)
    place = Path(state, 'clouds.yaml') if template.name == 'clouds.yaml' else target / template.name
    place.write_text(text)
