/** An error that the client is told of, in one English sentence. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Malformed input, or a parameter out of its range. */
export function badRequest(sentence: string): Problem {
  return new Problem(400, sentence);
}

/** Nothing of the name asked for. */
export function notFound(sentence: string): Problem {
  return new Problem(404, sentence);
}

/** More than the workload takes. */
export function tooLarge(sentence = 'The request body is larger than this function takes.'): Problem {
  return new Problem(413, sentence);
}

/** Something that the workload needs cannot be reached. */
export function unavailable(sentence: string): Problem {
  return new Problem(503, sentence);
}
