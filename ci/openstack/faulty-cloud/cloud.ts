import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../../harness/core/errors.ts';
import { type Doors, keepDoors } from './doors.ts';
import { type LoggedRequest, openExchange, type Wiring } from './exchange.ts';
import { faults } from './faults.ts';
import { type Injection, type Rule, type RuleBook, ruleBook } from './rules.ts';

/** A cloud that goes wrong on demand: a proxy in front of the real APIs of another one. */
export interface FaultyCloud {
  /** For `auth_url`; the catalog behind it names only addresses of the proxy. */
  readonly authUrl: string;
  /** Every request so far, in the order of arrival; entries are completed as the requests are. */
  readonly log: readonly LoggedRequest[];
  /** @throws GivreError `E_FAULT_RULE` for a value that the fault does not take. */
  inject(rule: Rule): Injection;
  /** Removes all rules, and every service is up. */
  heal(): Promise<void>;
  /** From now on the service refuses connections. */
  down(service: string): Promise<void>;
  up(service: string): Promise<void>;
  /** Resolves when no request is under way, late ones included. */
  idle(): Promise<void>;
  /** Ends every request. Those that were to reach the cloud later reach it now. */
  close(): Promise<void>;
}

export interface FaultyCloudOptions {
  /** Of the real cloud: `http://127.0.0.1:5000/v3`. */
  readonly authUrl: string;
  /** Of the identity service; the others get free ones. Default 0: any. */
  readonly port?: number;
  /** Called when a request has ended. */
  readonly onRequest?: (request: LoggedRequest) => void;
}

/** Starts a faulty cloud which has no faults yet. Every service gets a port of its own; paths stay as they are. */
export async function startFaultyCloud(options: FaultyCloudOptions): Promise<FaultyCloud> {
  const { authUrl, port = 0, onRequest = () => {} } = options;
  const closing = new AbortController();
  const rules = ruleBook();
  const log: LoggedRequest[] = [];
  const created = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const doors: Doors = keepDoors((place, request, response) => {
    const entry = newEntry(place.service, request);
    log.push(entry);
    const wiring = { ...place, request, response, entry, doors, created, closing: closing.signal };
    const done = serve(wiring, rules).finally(() => {
      underWay.delete(done);
      onRequest(entry);
    });
    underWay.add(done);
  });
  const { origin } = new URL(authUrl);
  const idle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    authUrl: authUrl.replace(origin, await doors.originOf('identity', origin, port)),
    log,
    inject: rules.add,
    heal: async () => {
      rules.clear();
      await doors.allUp();
    },
    down: doors.down,
    up: doors.up,
    idle,
    close: async () => {
      closing.abort();
      await idle();
      await doors.close();
    },
  };
}

function newEntry(service: string, request: IncomingMessage): Wiring['entry'] {
  const { method = 'GET', url: path = '/' } = request;
  return { at: Date.now(), method, service, path, status: null, cloudStatus: null, fault: null, requestId: null };
}

async function serve(wiring: Wiring, rules: RuleBook): Promise<void> {
  const exchange = openExchange(wiring);
  const rule = rules.choose(exchange);
  wiring.entry.fault = rule?.fault ?? null;
  try {
    await (rule === undefined ? exchange.pass() : faults[rule.fault].act(exchange, rule.value));
  } catch (error) {
    // The cloud itself does not answer, or the client has hung up on us: no fault of ours, but said aloud.
    if (wiring.response.headersSent) return exchange.reset();
    const body = Buffer.from(`faulty cloud: ${messageOf(error)}\n`);
    await exchange.reply({ status: 502, headers: { 'content-type': 'text/plain' }, body });
  }
}
