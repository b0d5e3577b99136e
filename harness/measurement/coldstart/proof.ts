import type { Measurement } from '../../agent/protocol.ts';
import type { ColdStartSample, Level } from '../../runs/schema.ts';

export type Proof = ColdStartSample['proof'];

/** Blobs of an image's own, counted before and after (L3). */
export interface BlobEvidence {
  readonly absentBefore: boolean;
  /** Bytes that were absent before and are present after. */
  readonly bytesPulled: number;
  readonly presentAfter: boolean;
}

/**
 * What must have been seen for a sample of this level to count as cold. Every demand names one observation made by
 * containerd between the moment the trigger was sent and the first correct answer.
 */
export function prove(measurement: Measurement, level: Exclude<Level, 'L4'>, blobs: BlobEvidence | null): Proof {
  const sent = (measurement.trigger ?? measurement.attempts[0])?.sentNs ?? 0;
  const end = measurement.attempts.find((attempt) => attempt.correct)?.firstByteNs ?? Number.POSITIVE_INFINITY;
  const seen = (topic: string): boolean =>
    measurement.events.some((event) => event.topic === topic && event.ns >= sent && event.ns <= end);
  const started = measurement.events.find((event) => event.topic === '/tasks/create' && event.ns >= sent);
  const pidBefore = measurement.before.pid;
  const pidAfter = level === 'L0' ? measurement.after.pid : (started?.pid ?? measurement.after.pid);
  return {
    demands: demandsOf(level, { measurement, blobs, seen, samePid: pidBefore === pidAfter }),
    pidBefore,
    pidAfter,
    bytesPulled: blobs?.bytesPulled ?? null,
  };
}

interface Evidence {
  readonly measurement: Measurement;
  readonly blobs: BlobEvidence | null;
  readonly seen: (topic: string) => boolean;
  readonly samePid: boolean;
}

function demandsOf(level: Exclude<Level, 'L4'>, { measurement, blobs, seen, samePid }: Evidence): Proof['demands'] {
  const stateBefore = measurement.before.status;
  const fresh = [
    { what: 'task created between trigger and answer', seen: seen('/tasks/create') },
    { what: 'task started between trigger and answer', seen: seen('/tasks/start') },
  ];
  switch (level) {
    case 'L0':
      return [
        { what: 'task paused before', seen: stateBefore === 'paused' },
        { what: 'task resumed between trigger and answer', seen: seen('/tasks/resumed') },
        { what: 'same process before and after', seen: samePid },
      ];
    case 'L1':
      return [
        { what: 'no running task before', seen: stateBefore === 'stopped' || stateBefore === 'absent' },
        {
          what: 'old task deleted between trigger and answer',
          seen: seen('/tasks/delete') || stateBefore === 'absent',
        },
        ...fresh,
        { what: 'another process than before', seen: !samePid },
      ];
    case 'L2':
      return [...freshContainer(stateBefore, seen), ...fresh];
    case 'L3':
      return [
        ...freshContainer(stateBefore, seen),
        ...fresh,
        { what: "the image's own blobs absent before", seen: blobs?.absentBefore ?? false },
        { what: 'the same blobs present after', seen: blobs?.presentAfter ?? false },
      ];
  }
}

function freshContainer(stateBefore: string, seen: (topic: string) => boolean): Proof['demands'] {
  return [
    { what: 'no container before', seen: stateBefore === 'absent' },
    { what: 'container created between trigger and answer', seen: seen('/containers/create') },
  ];
}
