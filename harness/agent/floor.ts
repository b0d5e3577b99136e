import { z } from 'zod';
import type { Channel } from '../core/host.ts';
import { connectJsonLines } from './json-lines.ts';

/** Pulls may happen inside a start (L3). */
const DEADLINE_MS = 60_000;

const ns = z.int().nonnegative();

/** A step that a level does not have is 0. */
const startSchema = z.object({
  totalNs: ns,
  phases: z.object({
    pullNs: ns,
    containerNs: ns,
    remainsNs: ns,
    newTaskNs: ns,
    cniNs: ns,
    startNs: ns,
    listenNs: ns,
    answerNs: ns,
  }),
});

const emptySchema = z.unknown();

interface FloorStart {
  /** First call to containerd → first correct answer. */
  readonly totalNs: number;
  readonly phases: readonly { readonly name: FloorPhase; readonly durationNs: number }[];
}

type FloorPhase = 'remains' | 'pull' | 'container' | 'newtask' | 'cni' | 'start' | 'listen' | 'answer';

/** The floor of a machine: containerd and CNI calls alone, around a do-nothing server. */
export interface FloorClient {
  /** Pulls the image and starts it once. */
  setup(image: string): Promise<void>;
  start(level: string): Promise<FloorStart>;
  close(): Promise<void>;
}

export function connectFloor(channel: Channel, signal: AbortSignal): FloorClient {
  const lines = connectJsonLines(channel, 'the floor', signal);
  return {
    setup: async (image) => void (await lines.request('setup', { image }, emptySchema, DEADLINE_MS)),
    async start(level) {
      const { totalNs, phases } = await lines.request('start', { level }, startSchema, DEADLINE_MS);
      const named = [
        ['remains', phases.remainsNs],
        ['pull', phases.pullNs],
        ['container', phases.containerNs],
        ['newtask', phases.newTaskNs],
        ['cni', phases.cniNs],
        ['start', phases.startNs],
        ['listen', phases.listenNs],
        ['answer', phases.answerNs],
      ] as const;
      return { totalNs, phases: named.map(([name, durationNs]) => ({ name, durationNs })) };
    },
    close: () => lines.close(),
  };
}
