import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import type { ComputeApi, NewServer } from './compute.ts';
import { orUndefined } from './errors.ts';
import { discoverVersions, requireVersion, type VersionRange, versionHeaders } from './microversion.ts';
import { lastActionError } from './nova-actions.ts';
import { flavorSchema, limitsSchema, serverGroupSchema, serverSchema, zonesSchema } from './nova-answers.ts';
import { listAll } from './pages.ts';
import type { Service } from './service.ts';

/** The base version of the API, and what each call needs beyond it. */
const BASE = '2.1';
const SOFT_AFFINITY = '2.15';
const TAGS_SHOWN = '2.26';
const IMAGE_ID_ANSWERED = '2.45';
const TAGS_AT_CREATION = '2.52';

/** Nova's limit, in base64. */
const LONGEST_USER_DATA = 65_535;

/** Nova's list of server groups has no links to further pages; 1,000 a page is the most that it gives by default. */
const GROUPS_ON_A_PAGE = 100;

const createdSchema = z.looseObject({ server: z.looseObject({ id: z.string() }) });
const shownSchema = z.looseObject({ server: serverSchema });
const consoleSchema = z.looseObject({ output: z.string() });
const imageIdSchema = z.looseObject({ image_id: z.string() });
const groupSchema = z.looseObject({ server_group: serverGroupSchema });

/** Headers that ask for a microversion, once it is known that the server speaks it. */
type At = (wanted: string, what: string) => Promise<Readonly<Record<string, string>>>;

export function novaApi(service: Service): ComputeApi {
  const versions = once(() => discoverVersions(service));
  const at: At = async (wanted, what) => {
    requireVersion(service, await versions(), wanted, what);
    return versionHeaders(wanted);
  };
  return {
    versions,
    ...serverCalls(service, at),
    ...actionCalls(service, at),
    ...serverGroupCalls(service, at),
    lastActionError: async (id) => lastActionError(service, id, await versions()),
    listFlavors: () => listAll(service, flavorSchema, { path: '/flavors/detail', key: 'flavors' }),
    listAvailabilityZones: () => service.read(zonesSchema, { method: 'GET', path: '/os-availability-zone' }),
    limits: () => service.read(limitsSchema, { method: 'GET', path: '/limits' }),
  };
}

type ServerCalls = 'createServer' | 'getServer' | 'listServers' | 'setServerMetadata' | 'deleteServer';

function serverCalls(service: Service, at: At): Pick<ComputeApi, ServerCalls> {
  return {
    async createServer(server) {
      const json = createBody(server);
      const headers = await at(server.tags.length > 0 ? TAGS_AT_CREATION : BASE, 'a server with tags');
      const created = await service.read(createdSchema, { method: 'POST', path: '/servers', json, headers });
      return { id: created.server.id };
    },
    async getServer(id) {
      const headers = await at(TAGS_SHOWN, 'a server’s tags');
      const shown = await orUndefined(service.read(shownSchema, { method: 'GET', path: serverPath(id), headers }));
      return shown?.server;
    },
    async listServers({ name, tag } = {}) {
      const headers = await at(TAGS_SHOWN, 'a server’s tags');
      // Nova takes the name as a regular expression of its database.
      const query = { name: name === undefined ? undefined : `^${escapeRegExp(name)}$`, tags: tag };
      const found = await listAll(service, serverSchema, { path: '/servers/detail', key: 'servers', query, headers });
      return name === undefined ? found : found.filter((it) => it.name === name);
    },
    async setServerMetadata(id, metadata) {
      const path = `${serverPath(id)}/metadata`;
      await service.send({ method: 'POST', path, json: { metadata }, repeatable: true });
    },
    deleteServer: (id) => service.remove(serverPath(id)),
  };
}

function actionCalls(service: Service, at: At): Pick<ComputeApi, 'consoleLog' | 'createServerImage' | 'stopServer'> {
  const actionPath = (id: string): string => `${serverPath(id)}/action`;
  return {
    async consoleLog(id, lines) {
      const json = { 'os-getConsoleOutput': { length: lines } };
      const request = { method: 'POST', path: actionPath(id), json, repeatable: true } as const;
      return (await service.read(consoleSchema, request)).output;
    },
    async createServerImage(id, name, properties) {
      const headers = await at(IMAGE_ID_ANSWERED, 'the id of a snapshot');
      const json = { createImage: { name, metadata: properties } };
      return (await service.read(imageIdSchema, { method: 'POST', path: actionPath(id), json, headers })).image_id;
    },
    stopServer: (id) => service.send({ method: 'POST', path: actionPath(id), json: { 'os-stop': null } }),
  };
}

type GroupCalls = 'createServerGroup' | 'listServerGroups' | 'deleteServerGroup';

function serverGroupCalls(service: Service, at: At): Pick<ComputeApi, GroupCalls> {
  const path = '/os-server-groups';
  return {
    async createServerGroup(name, policy) {
      const headers = await at(SOFT_AFFINITY, 'a soft policy');
      const json = { server_group: { name, policies: [policy] } };
      return (await service.read(groupSchema, { method: 'POST', path, json, headers })).server_group;
    },
    async listServerGroups() {
      const headers = await at(SOFT_AFFINITY, 'a soft policy');
      const request = { path, key: 'server_groups', headers, itemsWithoutLinks: GROUPS_ON_A_PAGE };
      return await listAll(service, serverGroupSchema, request);
    },
    deleteServerGroup: (id) => service.remove(`${path}/${encodeURIComponent(id)}`),
  };
}

/** @throws GivreError `E_USER_DATA_TOO_LONG`, exit code 2. */
function createBody(server: NewServer): object {
  const userData = Buffer.from(server.userData).toString('base64');
  if (userData.length > LONGEST_USER_DATA) {
    throw usageError(
      'E_USER_DATA_TOO_LONG',
      `the user-data of ${server.name} has ${userData.length} bytes in base64, Nova takes ${LONGEST_USER_DATA}`,
    );
  }
  const bootVolume = {
    boot_index: 0,
    uuid: server.bootVolumeId,
    source_type: 'volume',
    destination_type: 'volume',
    delete_on_termination: false,
  };
  return {
    server: {
      name: server.name,
      flavorRef: server.flavorId,
      imageRef: server.imageId,
      networks: server.portIds.map((port) => ({ port })),
      user_data: userData === '' ? undefined : userData,
      metadata: server.metadata,
      tags: server.tags.length > 0 ? server.tags : undefined,
      config_drive: server.configDrive,
      availability_zone: server.availabilityZone,
      block_device_mapping_v2: server.bootVolumeId === undefined ? undefined : [bootVolume],
    },
    'os:scheduler_hints': server.serverGroupId === undefined ? undefined : { group: server.serverGroupId },
  };
}

function serverPath(id: string): string {
  return `/servers/${encodeURIComponent(id)}`;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Asks once, unless asking fails. */
function once(ask: () => Promise<VersionRange>): () => Promise<VersionRange> {
  let asked: Promise<VersionRange> | undefined;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
