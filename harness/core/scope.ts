import { messageOf } from './errors.ts';

/** One thing that could not be undone, with the reason. */
export interface UndoFailure {
  readonly what: string;
  readonly error: unknown;
}

/**
 * A resource stack: everything created is registered for removal *before* anybody waits for it to become ready.
 * Closing runs the undos in reverse order, one after the other; a failing undo does not stop the others.
 */
export class Scope {
  readonly #undos: { what: string; undo: () => Promise<void> }[] = [];
  #closing: Promise<readonly UndoFailure[]> | undefined;

  /** Registers an undo. On a scope that is already closing it runs at once: a late creation is still removed. */
  async defer(what: string, undo: () => Promise<void>): Promise<void> {
    if (this.#closing === undefined) {
      this.#undos.push({ what, undo });
      return;
    }
    await undo();
    throw new Error(`${what} was created after the run had begun to clean up; it was removed again`);
  }

  /** Undoes everything but what `keep` names, once; repeated calls get the same answer. */
  close(
    onProgress: (line: string) => void = () => {},
    keep: (what: string) => boolean = () => false,
  ): Promise<readonly UndoFailure[]> {
    this.#closing ??= this.#undoAll(onProgress, keep);
    return this.#closing;
  }

  async #undoAll(onProgress: (line: string) => void, keep: (what: string) => boolean): Promise<readonly UndoFailure[]> {
    const failures: UndoFailure[] = [];
    for (let entry = this.#undos.pop(); entry !== undefined; entry = this.#undos.pop()) {
      if (keep(entry.what)) continue;
      try {
        await entry.undo();
      } catch (error) {
        failures.push({ what: entry.what, error });
        onProgress(`could not remove ${entry.what}: ${messageOf(error)}`);
      }
    }
    return failures;
  }
}
