"""Reads clouds files as openstacksdk does and prints what it would do with each, without asking any cloud.

Standard input: a JSON list of cases, {"clouds", "secure", "public": text or null, "env", "cloud", "region": text or null}.
Standard output: a JSON list, for each {"error": text} or {"value": {…}}: the request that would be sent to Keystone,
the TLS files, and for each service its interface, region, type, name and address. With the argument `search`: a list
of environments, and for each the folders that are searched.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

SERVICES = {'compute': 'compute', 'network': 'network', 'image': 'image', 'volume': 'block-storage'}


class Captured(Exception):
    def __init__(self, url, body):
        super().__init__(url)
        self.request = {'url': url, 'body': body}


class Capture:
    """Stands where a session would be, and only takes down what would be sent."""

    def post(self, url, json=None, **_):
        raise Captured(url, json)


def request_of(plugin):
    auth_url = plugin.auth_url
    if hasattr(plugin, 'create_plugin'):
        plugin = plugin.create_plugin(None, (3, 0), auth_url)
    try:
        plugin.get_auth_ref(Capture())
    except Captured as captured:
        return captured.request
    raise ValueError('nothing would be sent to Keystone')


def read(case, folder):
    from openstack.config import OpenStackConfig

    files = {}
    for kind in ('clouds', 'secure', 'public'):
        files[kind] = []
        if case[kind] is not None:
            path = os.path.join(folder, kind + '.yaml')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(case[kind])
            files[kind] = [path]
    os.environ.clear()
    os.environ.update(case['env'])
    config = OpenStackConfig(
        config_files=files['clouds'], secure_files=files['secure'], vendor_files=files['public']
    )
    words = {} if case['region'] is None else {'region_name': case['region']}
    region = config.get_one(cloud=case['cloud'], **words)
    verify, cert = region.get_requests_verify_args()
    return {
        'name': region.name,
        'request': request_of(region.get_auth()),
        'verify': verify,
        'cert': cert,
        'services': {
            ours: {
                'interface': region.get_interface(theirs),
                'region': region.get_region_name(theirs),
                'type': region.get_service_type(theirs),
                'name': region.get_service_name(theirs),
                'endpoint': region.get_endpoint(theirs),
            }
            for ours, theirs in SERVICES.items()
        },
    }


def answer(case):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return {'value': read(case, folder)}
        except Exception as error:
            return {'error': f'{type(error).__name__}: {error}'}


def search_path(env):
    program = 'from openstack.config import loader; import json; print(json.dumps(loader.CONFIG_SEARCH_PATH))'
    result = subprocess.run([sys.executable, '-c', program], env=env, check=True, capture_output=True)
    return json.loads(result.stdout)


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    kept = dict(os.environ)
    cases = json.load(sys.stdin)
    if sys.argv[1:] == ['search']:
        answers = [search_path({**kept, **env}) for env in cases]
    else:
        answers = [answer(case) for case in cases]
    json.dump(answers, sys.stdout, default=str)
