import type { FunctionAnswer } from './send.ts';

/** What a function is sent unless somebody asks for another body: by POST, without parameters. */
export interface OwnRequest {
  /** A golden vector of its workload, or a file that its stack file names. */
  readonly from: 'vector' | 'file';
  /** The vector's name, or the file's as it is written there. */
  readonly name: string;
  /** Null: the request has no such header. */
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** Other bytes in its place are refused (`only`), not read (`dropped`), or as good (`any`). */
  readonly others: 'only' | 'dropped' | 'any';
  /** What is wrong with an answer, undefined when nothing is; null where nobody can tell. */
  readonly differenceIn: ((answer: FunctionAnswer) => Promise<string | undefined>) | null;
}

/** For a body of which nobody says what it is, no header at all. */
export function typeHeader(contentType: string | null): Readonly<Record<string, string>> {
  return contentType === null ? {} : { 'content-type': contentType };
}
