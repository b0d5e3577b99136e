import type { z } from 'zod';
import type { Channel } from '../core/host.ts';
import { connectJsonLines } from './json-lines.ts';
import {
  answers,
  type Expectation,
  type HttpRequest,
  type MeasureParams,
  type MemoryParams,
  type MemoryStartParams,
  type Task,
  type TaskStatus,
} from './protocol.ts';

/** For methods without a deadline of their own, and on top of it for those that have one. */
const PATIENCE_MS = 15_000;

type Answer<M extends keyof typeof answers> = Promise<z.infer<(typeof answers)[M]>>;

interface TaskId {
  readonly namespace: string;
  readonly id: string;
}

interface ImageRef {
  readonly namespace: string;
  readonly ref: string;
}

/** The agent on the machine under test. Every method throws what `JsonLines.request` throws. */
export interface AgentClient {
  hello(): Answer<'hello'>;
  clocks(): Answer<'clocks'>;
  pressure(): Answer<'pressure'>;
  /** One request. Without `expect` any 2xx is correct. What goes wrong on the way is in the record, not thrown. */
  http(params: { request: HttpRequest; expect?: Expectation; deadlineMs: number }): Answer<'http'>;
  task(params: TaskId): Answer<'task'>;
  /** Waits for a state; past the deadline the error says what was last seen. */
  waitTask(params: TaskId & { status: TaskStatus; deadlineMs: number }): Promise<Task>;
  /** Sends the signal and waits until containerd says that the task has stopped. */
  kill(params: TaskId & { signal: number; deadlineMs: number }): Answer<'kill'>;
  imageBlobs(params: ImageRef): Answer<'imageBlobs'>;
  /** Removes the reference and waits for containerd's garbage collection. */
  imageRemove(params: ImageRef): Answer<'imageRemove'>;
  contentPresent(params: { namespace: string; digests: readonly string[] }): Answer<'contentPresent'>;
  contamination(params: { cniDir: string; namespaces: readonly string[] }): Answer<'contamination'>;
  /** Removes leases and iptables rules of one CNI network (default: named like the folder) without a living task. */
  cleanCni(params: {
    cniDir: string;
    network?: string;
    /** Default 10.62.0.0/16. */
    subnet?: string;
    namespaces?: readonly string[];
  }): Answer<'cleanCni'>;
  /** Arms every observation, starts the clock, sends trigger and invocation, and tells all that was seen. */
  measure(params: MeasureParams): Answer<'measure'>;
  memory(params: MemoryParams): Answer<'memory'>;
  /** Samples in the background; pauses while a measured window is open. */
  memoryStart(params: MemoryStartParams): Promise<void>;
  memoryStop(): Answer<'memoryStop'>;
  /** Keeps containerd's events of one container until `followStop`; one container at a time. */
  followStart(params: { namespace: string; container: string }): Promise<void>;
  /** Has every event that containerd has published until now. */
  followStop(): Answer<'followStop'>;
  /** Ends the agent and waits for its end. */
  close(): Promise<void>;
}

/** `name` is for messages. */
export function connectAgent(channel: Channel, signal: AbortSignal, name = 'the agent'): AgentClient {
  const lines = connectJsonLines(channel, name, signal);
  const ask = <T>(method: string, answer: z.ZodType<T>, params: object = {}, deadlineMs = 0): Promise<T> =>
    lines.request(method, params, answer, deadlineMs + PATIENCE_MS);
  return {
    hello: () => ask('hello', answers.hello),
    clocks: () => ask('clocks', answers.clocks),
    pressure: () => ask('pressure', answers.pressure),
    http: (params) => ask('http', answers.http, params, params.deadlineMs),
    task: (params) => ask('task', answers.task, params),
    waitTask: (params) => ask('waitTask', answers.task, params, params.deadlineMs),
    kill: (params) => ask('kill', answers.kill, params, params.deadlineMs),
    imageBlobs: (params) => ask('imageBlobs', answers.imageBlobs, params),
    imageRemove: (params) => ask('imageRemove', answers.imageRemove, params, PATIENCE_MS),
    contentPresent: (params) => ask('contentPresent', answers.contentPresent, params),
    contamination: (params) => ask('contamination', answers.contamination, params),
    cleanCni: (params) => ask('cleanCni', answers.cleanCni, params),
    measure: (params) => ask('measure', answers.measure, params, params.deadlineMs),
    memory: (params) => ask('memory', answers.memory, params),
    memoryStart: async (params) => void (await ask('memoryStart', answers.memoryStart, params)),
    memoryStop: () => ask('memoryStop', answers.memoryStop),
    followStart: async (params) => void (await ask('followStart', answers.followStart, params)),
    followStop: () => ask('followStop', answers.followStop),
    close: () => lines.close(),
  };
}
