import { Scope } from '../core/scope.ts';
import { openHoldings } from '../openstack/creation.ts';
import { openJournal } from '../openstack/journal.ts';
import { resolveName } from '../openstack/names.ts';
import { openCloud } from '../openstack/open.ts';
import { serverPoller } from '../openstack/poller.ts';
import { makePort, makeSecurityGroup, makeServer, makeServerGroup, makeServerImage } from '../openstack/resources.ts';
import { lockRun, machineId } from '../runs/lock.ts';

/**
 * A run that makes one of each kind, waits for the server, and removes everything. `node provisioning.fixture.ts
 * STATE_FOLDER RUN_ID [N]`: kills itself at the Nth point of its journal. Prints how many points it has passed.
 */
const [stateFolder = '', runId = '', killAt = '0'] = process.argv.slice(2);
let points = 0;

const cloud = await openCloud({ cloud: 'tester', signal: AbortSignal.timeout(60_000) });
await lockRun(runId, stateFolder);
const journal = await openJournal({
  stateFolder,
  runId,
  place: { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId },
  onPoint() {
    points += 1;
    if (points === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  },
});
const scope = new Scope();
const poller = serverPoller(cloud.compute);
const holdings = await openHoldings(scope, 'openstack machine', {
  cloud,
  journal,
  poller,
  machine: await machineId(stateFolder),
  expiresAtSeconds: () => Math.floor(Date.now() / 1000) + 3_600,
  onNote: (line) => process.stderr.write(`${line}\n`),
});
const [flavors, images, networks] = await Promise.all([
  cloud.compute.listFlavors(),
  cloud.image.listImages(),
  cloud.network.listNetworks(),
]);
await makeServerGroup(holdings, 'spread');
const group = await makeSecurityGroup(holdings, 'ssh', [{ port: 22, cidr: '192.0.2.1/32' }]);
const networkId = resolveName('network', 'public', networks).id;
const port = await makePort(holdings, 'a', { networkId, securityGroupIds: [group.id] });
const server = await makeServer(
  holdings,
  'a',
  {
    imageId: resolveName('image', 'debian-12', images).id,
    flavorId: resolveName('flavor', 'm1.tiny', flavors).id,
    portIds: [port.id],
    userData: '#cloud-config\n',
  },
  true,
);
await poller.active(server.id, { deadlineMs: 120_000 });
await makeServerImage(holdings, 'golden', { serverId: server.id, properties: {} });
const failures = await scope.close((line) => process.stderr.write(`${line}\n`));
await journal.close();
await cloud.close();
process.stdout.write(`${points}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
