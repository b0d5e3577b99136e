/** Keeps work on a machine apart from what is measured there. */
export interface Calm {
  /** Measures, once no such work is under way. Several may measure at the same time. Rejects once all has ended. */
  measure<T>(body: () => Promise<T>): Promise<T>;
  /**
   * Works as soon as nothing is measured; in spite of what is measured when `atLatest` resolves before. Rejects, and does
   * nothing, when that rejects first.
   */
  between<T>(work: () => Promise<T>, atLatest: Promise<void>): Promise<T>;
  /** From now on nothing is measured on it any more, for that reason. */
  end(reason: unknown): void;
}

export function newCalm(): Calm {
  let measuring = 0;
  let ended: { readonly reason: unknown } | undefined;
  /** Counted in when it may begin, not when it gets to run: a measurement on the heels of another must see it. */
  let working = 0;
  const workers = new Set<() => void>();
  const measurers = new Set<() => void>();
  return {
    async measure(body) {
      while (working > 0) await new Promise<void>((resolve) => measurers.add(resolve));
      if (ended !== undefined) throw ended.reason;
      measuring += 1;
      try {
        return await body();
      } finally {
        measuring -= 1;
        if (measuring === 0) wake(workers);
      }
    },
    async between(work, atLatest) {
      const admit = (): void => {
        working += 1;
      };
      await admission(workers, { atOnce: measuring === 0, atLatest, admit });
      try {
        return await work();
      } finally {
        working -= 1;
        if (working === 0) wake(measurers);
      }
    },
    end(reason) {
      ended ??= { reason };
    },
  };
}

function wake(waiting: Set<() => void>): void {
  for (const go of [...waiting]) go();
  waiting.clear();
}

interface Admission {
  /** Nothing is measured just now. */
  readonly atOnce: boolean;
  readonly atLatest: Promise<void>;
  readonly admit: () => void;
}

/** Resolves when a worker may begin: once woken, or at latest when it has waited long enough. */
function admission(workers: Set<() => void>, { atOnce, atLatest, admit }: Admission): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = (): void => {
      if (!workers.delete(begin)) return;
      admit();
      resolve();
    };
    workers.add(begin);
    if (atOnce) begin();
    atLatest.then(begin, (error: unknown) => {
      workers.delete(begin);
      reject(error);
    });
  });
}
