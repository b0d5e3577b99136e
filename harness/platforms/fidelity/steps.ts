/** What is asked of a platform's API, and what must have happened before the next is asked. */

/** One request, whose answers of several platforms are compared. */
export interface Question {
  /** Unique, and a heading for readers: `deploy: exists already`. */
  readonly id: string;
  /** The gateway is what users ask; the provider stands behind it. */
  readonly at: 'gateway' | 'provider';
  readonly method: string;
  /** `NOW` stands for the time when it is asked. */
  readonly path: string;
  /** Sent as it is; `IMAGE` stands for the reference of the function's image. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials: 'right' | 'wrong' | 'none';
  /** Of a JSON answer: what must have the same value, not only be of the same kind; `` is the whole. */
  readonly values: readonly string[];
  /** The body must be the same, whatever it is. */
  readonly wholeText: boolean;
  /** Whether these texts occur in the body. */
  readonly mentions: readonly string[];
  /** Where the answer takes long, for how long is part of it; it is asked in the long comparison only. */
  readonly slow: boolean;
  /** The defects of the control that make it answer as faasd does, where it answers otherwise by itself. */
  readonly because: readonly string[];
}

/** What is not compared. */
export type Preparation =
  /** Until the function answers an invocation: a platform may say that it is there before it listens. */
  | { readonly untilAnswers: string }
  | { readonly waitMs: number }
  /** Whatever there is of it; no answer to it is wrong. */
  | { readonly remove: string; readonly namespace?: string }
  | { readonly forgetSecret: string };

/** A preparation for questions that are slow is as slow as they are. */
export type Step = Question | (Preparation & { readonly slow?: boolean });

export function isQuestion(step: Step): step is Question {
  return 'id' in step;
}

type Extra = Partial<Omit<Question, 'id' | 'at' | 'method' | 'path'>>;

/** `asks('deploy: empty', 'gateway POST /system/functions', { body: '{}' })`; management has the right password. */
export function asks(id: string, request: string, extra: Extra = {}): Question {
  const [at, method = '', path = ''] = request.split(' ');
  if (at !== 'gateway' && at !== 'provider') throw new TypeError(`"${at}" is no place to ask at`);
  const credentials = path.startsWith('/system/') ? 'right' : 'none';
  const nothing = { values: [], wholeText: false, mentions: [], slow: false, because: [] };
  return { id, at, method, path, credentials, ...nothing, ...extra };
}
