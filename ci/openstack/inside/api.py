"""The least client that seeding and smoke tests need: a session of one user, and calls that fail with the answer."""
import os
import sys

import requests

HOST = os.environ.get('OSC_API', '')
IDENTITY = f'http://{HOST}:5000/v3'


class Api:
    """Calls as one user of one project. `url[type]` are the endpoints of the catalog."""

    def __init__(self, user, project, password=None):
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy: the cloud is on this machine
        login = {'name': user, 'password': password or user, 'domain': {'name': 'Default'}}
        self._log_in({'methods': ['password'], 'password': {'user': login}},
                     {'project': {'name': project, 'domain': {'name': 'Default'}}})

    def _log_in(self, identity, scope=None):
        body = {'identity': identity, **({'scope': scope} if scope else {})}
        answer = self._http.post(f'{IDENTITY}/auth/tokens', json={'auth': body}, timeout=60)
        if answer.status_code != 201:
            sys.exit(f'no token: {answer.status_code} {answer.text[:500]}')
        self.token = answer.json()['token']
        self.user_id, self.project_id = self.token['user']['id'], self.token['project']['id']
        self._http.headers['X-Auth-Token'] = answer.headers['X-Subject-Token']
        self.url = {
            service['type']: next(e['url'] for e in service['endpoints'] if e['interface'] == 'public')
            for service in self.token.get('catalog', [])
        }
        if 'network' in self.url:
            self.url['network'] += '/v2.0'
            self.url['image'] += '/v2'

    def use_application_credential(self, credential):
        """Goes on with a token that an application credential bought."""
        fields = {'id': credential['id'], 'secret': credential['secret']}
        self._log_in({'methods': ['application_credential'], 'application_credential': fields})

    def raw(self, method, url, **options):
        """The answer as it is. Paths are relative to a service: ('GET', 'compute/servers')."""
        if not url.startswith('http'):
            service, path = url.split('/', 1)
            url = f'{IDENTITY if service == "identity" else self.url[service]}/{path}'
        headers = {'OpenStack-API-Version': 'compute 2.93', **options.pop('headers', {})}
        return self._http.request(method, url, headers=headers, timeout=300, **options)

    def call(self, method, url, **options):
        """The answer's JSON, or None; ends the program when it is an error."""
        answer = self.raw(method, url, **options)
        if answer.status_code >= 400:
            sys.exit(f'{method} {url}: {answer.status_code} {answer.text[:500]}')
        return answer.json() if answer.content and 'json' in answer.headers.get('content-type', '') else None
