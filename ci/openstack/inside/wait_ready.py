#!/usr/bin/python3
"""Waits until nova-compute is up with an inventory, and every network agent that was started is alive."""
import os
import sys
import time

from api import Api

DEADLINE_S = 180
agents_wanted = {'Linux bridge agent'}
if os.environ['OSC_VIRT'] == 'lxc' or os.environ['OSC_TENANT_NETWORKS'] == 'yes':
    agents_wanted |= {'DHCP agent', 'Metadata agent'}
if os.environ['OSC_TENANT_NETWORKS'] == 'yes':
    agents_wanted |= {'L3 agent'}


def missing(admin):
    """What is not there yet, in words; empty when all is ready."""
    hypervisors = admin.call('GET', 'compute/os-hypervisors')['hypervisors']
    if not hypervisors or hypervisors[0]['state'] != 'up':
        return 'the compute host is not up'
    providers = admin.call('GET', 'placement/resource_providers')['resource_providers']
    if not providers or not admin.call(
            'GET', f'placement/resource_providers/{providers[0]["uuid"]}/inventories')['inventories']:
        return 'Placement has no inventory of the compute host'
    agents = admin.call('GET', 'network/agents')['agents']
    dead = agents_wanted - {agent['agent_type'] for agent in agents if agent['alive']}
    return f'no sign of life from: {", ".join(sorted(dead))}' if dead else ''


api = Api('admin', 'admin')
end = time.monotonic() + DEADLINE_S
while lacking := missing(api):
    if time.monotonic() > end:
        sys.exit(f'not ready after {DEADLINE_S} s: {lacking}')
    time.sleep(1)
