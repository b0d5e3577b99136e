import { withDeadline } from './deadline.ts';
import { messageOf } from './errors.ts';

/** One thing that could not be undone, with the reason. */
export interface UndoFailure {
  readonly what: string;
  readonly error: unknown;
}

/** Removes something again. Its signal aborts at its deadline, when the next one's turn has come. */
type Undo = (signal: AbortSignal) => Promise<void>;

interface Entry {
  readonly what: string;
  readonly undo: Undo;
  readonly deadlineMs: number;
}

/** More than anything takes that still comes to an end: programs on machines are given three minutes. */
const UNDO_MS = 240_000;

/**
 * A resource stack: everything created is registered for removal *before* anybody waits for it to become ready.
 * Closing runs the undos in reverse order, one after the other; one that fails, or takes longer than its deadline, does
 * not stop the others.
 */
export class Scope {
  readonly #undos: Entry[] = [];
  #closing: Promise<readonly UndoFailure[]> | undefined;

  /**
   * Registers an undo, which may take `deadlineMs` (default: 4 minutes). On a scope that is already closing it runs at
   * once: a late creation is still removed.
   */
  async defer(what: string, undo: Undo, deadlineMs = UNDO_MS): Promise<void> {
    const entry = { what, undo, deadlineMs };
    if (this.#closing === undefined) {
      this.#undos.push(entry);
      return;
    }
    await run(entry);
    throw new Error(`${what} was created after the run had begun to clean up; it was removed again`);
  }

  /**
   * Opens a scope within this one, for what goes earlier: closed after `use`, or with this one, whichever is first.
   *
   * @throws what `use` throws; else what an undo failed with, or one error that names all which did. The outer scope's
   *   closing tells it again.
   */
  async within<T>(what: string, use: (inner: Scope) => Promise<T>): Promise<T> {
    const inner = new Scope();
    const close = async (): Promise<void> => {
      const failures = await inner.close();
      if (failures.length === 1) throw failures[0]?.error;
      if (failures.length > 1) throw allOf(failures);
    };
    // Closing again gives the same answer, so nothing is forgotten or done twice. Each of its own undos has a deadline.
    await this.defer(what, close, Number.POSITIVE_INFINITY);
    const used = await use(inner).catch(async (error: unknown) => {
      await close().catch(() => {});
      throw error;
    });
    await close();
    return used;
  }

  /** Undoes everything but what `keep` names, once; repeated calls get the same answer. */
  close(
    onProgress: (line: string) => void = () => {},
    keep: (what: string) => boolean = () => false,
  ): Promise<readonly UndoFailure[]> {
    // A moment later, so that the first undo, too, finds the scope closing.
    this.#closing ??= Promise.resolve().then(() => this.#undoAll(onProgress, keep));
    return this.#closing;
  }

  async #undoAll(onProgress: (line: string) => void, keep: (what: string) => boolean): Promise<readonly UndoFailure[]> {
    const failures: UndoFailure[] = [];
    for (let entry = this.#undos.pop(); entry !== undefined; entry = this.#undos.pop()) {
      if (keep(entry.what)) continue;
      try {
        await run(entry);
      } catch (error) {
        failures.push({ what: entry.what, error });
        onProgress(`could not remove ${entry.what}: ${messageOf(error)}`);
      }
    }
    return failures;
  }
}

function allOf(failures: readonly UndoFailure[]): AggregateError {
  const words = failures.map(({ what, error }) => `${what}: ${messageOf(error)}`).join('; ');
  return new AggregateError(
    failures.map(({ error }) => error),
    words,
  );
}

function run({ what, undo, deadlineMs }: Entry): Promise<void> {
  return withDeadline(`the removal of ${what}`, deadlineMs, async (signal) => await undo(signal));
}
