import { describe, expect, test } from 'vitest';
import { Scope } from './scope.ts';

describe('Scope', () => {
  test('undoes in reverse order, each once', async () => {
    const undone: string[] = [];
    const scope = new Scope();
    for (const name of ['first', 'second', 'third']) await scope.defer(name, async () => void undone.push(name));
    expect(await scope.close()).toEqual([]);
    await scope.close();
    expect(undone).toEqual(['third', 'second', 'first']);
  });

  test('a failing undo is reported and does not keep the others from running', async () => {
    const undone: string[] = [];
    const said: string[] = [];
    const scope = new Scope();
    await scope.defer('machine', async () => void undone.push('machine'));
    await scope.defer('port', async () => {
      throw new Error('still in use');
    });
    const failures = await scope.close((line) => said.push(line));
    expect(failures.map((failure) => failure.what)).toEqual(['port']);
    expect(said).toEqual(['could not remove port: still in use']);
    expect(undone).toEqual(['machine']);
  });

  test('what is created while the scope closes is removed at once and its creator is told', async () => {
    let removed = false;
    const scope = new Scope();
    await scope.close();
    const late = scope.defer('late machine', async () => {
      removed = true;
    });
    await expect(late).rejects.toThrow('late machine was created after the run had begun to clean up');
    expect(removed).toBe(true);
  });

  test('an undo that takes longer than its deadline is told to end, and does not keep the others from running', async () => {
    const undone: string[] = [];
    const scope = new Scope();
    await scope.defer('machine', async () => void undone.push('machine'));
    const hanging = (signal: AbortSignal) =>
      new Promise<void>(() => signal.addEventListener('abort', () => undone.push('end of port')));
    await scope.defer('port', hanging, 20);
    const failures = await scope.close();
    expect(failures).toMatchObject([{ what: 'port', error: { code: 'E_DEADLINE' } }]);
    expect(undone).toEqual(['end of port', 'machine']);
  });

  test('a late creation whose removal hangs is given up, too', async () => {
    const scope = new Scope();
    await scope.close();
    const late = scope.defer('late machine', () => new Promise<void>(() => {}), 20);
    await expect(late).rejects.toMatchObject({
      code: 'E_DEADLINE',
      message: expect.stringContaining('the removal of late machine'),
    });
  });

  test('a scope within another fails with what its use has failed with, and what it could not undo is told later', async () => {
    const scope = new Scope();
    const failing = scope.within('a sample', async (inner) => {
      await inner.defer('its machine', async () => {
        throw new Error('still in use');
      });
      throw new Error('no answer');
    });
    await expect(failing).rejects.toThrow('no answer');
    expect(await scope.close()).toMatchObject([{ what: 'a sample', error: new Error('still in use') }]);
  });

  test('a scope within another names everything that it could not undo', async () => {
    const scope = new Scope();
    const failing = scope.within('a sample', async (inner) => {
      for (const what of ['its machine', 'its port']) {
        await inner.defer(what, async () => {
          throw new Error('still in use');
        });
      }
    });
    await expect(failing).rejects.toThrow('its port: still in use; its machine: still in use');
  });

  test('what is made by the first undo of a scope is removed, and its creator is told', async () => {
    const undone: string[] = [];
    const scope = new Scope();
    let late: Promise<void> = Promise.resolve();
    await scope.defer('machine', async () => {
      late = scope.defer('late machine', async () => void undone.push('late machine'));
      await late.catch(() => {});
      undone.push('machine');
    });
    expect(await scope.close()).toEqual([]);
    await expect(late).rejects.toThrow('late machine was created after the run had begun to clean up');
    expect(undone).toEqual(['late machine', 'machine']);
  });

  test('a scope within another is closed after its use, or with the outer one, and once', async () => {
    const undone: string[] = [];
    const scope = new Scope();
    const used = await scope.within('a sample', async (inner) => {
      await inner.defer('its machine', async () => void undone.push('its machine'));
      return 42;
    });
    expect([used, undone]).toEqual([42, ['its machine']]);
    const interrupted = scope.within('another', async (inner) => {
      await inner.defer('port', async () => {
        throw new Error('still in use');
      });
      expect(await scope.close()).toMatchObject([{ what: 'another', error: new Error('still in use') }]);
    });
    await expect(interrupted).rejects.toThrow('still in use');
    expect(undone).toEqual(['its machine']);
  });
});
