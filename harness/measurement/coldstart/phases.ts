import type { Exchange, Measurement } from '../../agent/protocol.ts';
import type { Level, PhaseName } from '../../runs/schema.ts';

interface Phase {
  readonly name: PhaseName;
  /** Nanoseconds from the moment the trigger was sent. */
  readonly startNs: number;
  readonly durationNs: number;
}

export interface Breakdown {
  /** Trigger sent → first byte of the first correct answer; null without one. */
  readonly totalNs: number | null;
  readonly phases: readonly Phase[];
  /** What no phase covers. */
  readonly residualNs: number | null;
}

/** A moment that was observed, or null. */
type Edge = number | null;

interface Edges {
  readonly sent: number;
  readonly asked: Edge;
  readonly answered: Edge;
  readonly resumed: Edge;
  readonly remainsGone: Edge;
  readonly imageStored: Edge;
  readonly containerCreated: Edge;
  readonly taskCreated: Edge;
  readonly cniBegun: Edge;
  readonly cniEnded: Edge;
  readonly taskStarted: Edge;
  readonly listening: Edge;
  readonly forwarded: Edge;
  readonly firstFailed: Edge;
  readonly retrySent: Edge;
  readonly end: Edge;
}

/**
 * Splits one measured window into phases.
 *
 * A phase counts only if both its edges were observed by themselves. Phases do not overlap: where the platform does two
 * things at once (forwards before the process listens), the earlier one in the order of `phaseNames` keeps the time,
 * so that phases and residual add up to the total.
 */
export function breakDown(measurement: Measurement, level: Level): Breakdown {
  const edges = findEdges(measurement, level);
  if (edges.end === null) return { totalNs: null, phases: [], residualNs: null };
  const phases: Phase[] = [];
  let covered = edges.sent;
  for (const [name, from, to] of intervals(edges, level)) {
    if (from === null || to === null) continue;
    const begin = Math.max(from, covered);
    const end = Math.min(Math.max(to, begin), edges.end);
    if (begin > edges.end) continue;
    phases.push({ name, startNs: begin - edges.sent, durationNs: end - begin });
    covered = end;
  }
  const totalNs = edges.end - edges.sent;
  const explained = phases.reduce((sum, phase) => sum + phase.durationNs, 0);
  return { totalNs, phases, residualNs: totalNs - explained };
}

function intervals(edges: Edges, level: Level): readonly (readonly [PhaseName, Edge, Edge])[] {
  const answer = ['answer', edges.retrySent ?? edges.forwarded, edges.end] as const;
  const afterwards = [
    ['forward', edges.answered, edges.forwarded],
    ['retry', edges.firstFailed, edges.retrySent],
    answer,
  ] as const;
  if (level === 'L0') {
    return [
      ['gateway', edges.sent, edges.asked],
      ['resume', edges.asked, edges.resumed],
      ['ready', edges.resumed, edges.answered],
      ...afterwards,
    ];
  }
  const preparation =
    level === 'L1'
      ? ([
          ['remains', edges.asked, edges.remainsGone],
          ['newtask', edges.remainsGone, edges.taskCreated],
        ] as const)
      : ([
          ['pull', edges.asked, edges.imageStored],
          ['container', edges.imageStored ?? edges.asked, edges.containerCreated],
          ['newtask', edges.containerCreated, edges.taskCreated],
        ] as const);
  return [
    ['gateway', edges.sent, edges.asked],
    ...preparation,
    ['cni', edges.cniBegun, edges.cniEnded],
    ['start', edges.cniEnded, edges.taskStarted],
    ['listen', edges.taskStarted, edges.listening],
    ['ready', listened(edges), edges.answered],
    ...afterwards,
  ];
}

/** When the function was both started and listening; null when one of the two was not seen. */
function listened({ taskStarted, listening }: Edges): Edge {
  return taskStarted === null || listening === null ? null : Math.max(taskStarted, listening);
}

function findEdges(measurement: Measurement, level: Level): Edges {
  const { attempts, trigger, events, cni } = measurement;
  const first = trigger ?? attempts[0];
  const sent = first?.sentNs ?? 0;
  const event = (topic: string): Edge => events.find((it) => it.topic === topic && it.ns >= sent)?.ns ?? null;
  const taskCreated = event('/tasks/create');
  const taskStarted = event('/tasks/start');
  const [asked, answered] = providerCall(measurement, level === 'L0' || level === 'L1' ? SCALE : DEPLOY, sent);

  // Plugins that ran before the new task existed took the old network down; those after it put the new one up.
  const removals = cni.filter((it) => taskCreated !== null && it.openedNs < taskCreated && it.openedNs > sent);
  const additions = cni.filter(
    (it) => taskCreated !== null && taskStarted !== null && it.openedNs >= taskCreated && it.openedNs < taskStarted,
  );
  const succeeded = attempts.find((attempt) => attempt.correct);
  const failedFirst = attempts[0] !== undefined && !attempts[0].correct ? attempts[0] : undefined;
  return {
    sent,
    asked,
    answered,
    resumed: event('/tasks/resumed'),
    remainsGone: allSeen([event('/tasks/delete'), ...removals.map((it) => it.closedNs)]),
    imageStored: event('/images/create') ?? event('/images/update'),
    containerCreated: event('/containers/create'),
    taskCreated,
    cniBegun: additions.length === 0 ? null : Math.min(...additions.map((it) => it.openedNs)),
    cniEnded: allSeen(additions.map((it) => it.closedNs)),
    taskStarted,
    listening: measurement.listening?.ns ?? null,
    forwarded: forwardedAt(measurement, attempts[0], sent),
    firstFailed: failedFirst === undefined ? null : endOf(failedFirst),
    retrySent: failedFirst === undefined ? null : (succeeded?.sentNs ?? null),
    end: succeeded?.firstByteNs ?? null,
  };
}

const SCALE = (method: string, path: string): boolean =>
  method === 'POST' && path.startsWith('/system/scale-function/');
const DEPLOY = (method: string, path: string): boolean =>
  (method === 'POST' || method === 'PUT') && path.startsWith('/system/functions');

/** When the provider was asked and when it answered, both as packets on the wire. */
function providerCall(
  measurement: Measurement,
  matches: (method: string, path: string) => boolean,
  sent: number,
): [Edge, Edge] {
  const request = measurement.packets.find(
    (it) => it.kind === 'request' && it.ns >= sent && matches(it.method ?? '', it.path ?? ''),
  );
  if (request === undefined) return [null, null];
  const response = measurement.packets.find(
    (it) => it.kind === 'response' && it.ns >= request.ns && it.clientPort === request.clientPort,
  );
  return [request.ns, response?.ns ?? null];
}

/** When the gateway passed the first invocation on to the provider. */
function forwardedAt(measurement: Measurement, first: Exchange | undefined, sent: number): Edge {
  const after = first?.sentNs ?? sent;
  const packet = measurement.packets.find(
    (it) => it.kind === 'request' && it.ns >= after && (it.path ?? '').startsWith('/function/'),
  );
  return packet?.ns ?? null;
}

function endOf(exchange: Exchange): Edge {
  return exchange.doneNs ?? exchange.firstByteNs;
}

/** The latest of several edges, if every one of them was seen. */
function allSeen(edges: readonly Edge[]): Edge {
  const seen = edges.filter((edge) => edge !== null);
  return seen.length === 0 || seen.length < edges.length ? null : Math.max(...seen);
}
