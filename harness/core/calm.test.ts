import { setImmediate as settle } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Calm, newCalm } from './calm.ts';

let calm: Calm;
let done: string[];
beforeEach(() => {
  calm = newCalm();
  done = [];
});

/** Something that goes on until it is ended. */
function open(what: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = async (): Promise<void> => {
    done.push(`${what} begins`);
    await promise;
    done.push(`${what} ends`);
  };
  return { body, end: resolve };
}

const never = new Promise<void>(() => {});

describe('work between measurements', () => {
  test('begins at once where nothing is measured, and measurements wait for its end', async () => {
    const [work, load] = [open('work'), open('load')];
    const working = calm.between(work.body, never);
    const measuring = calm.measure(load.body);
    await settle();
    expect(done).toEqual(['work begins']);
    work.end();
    await working;
    load.end();
    await measuring;
    expect(done).toEqual(['work begins', 'work ends', 'load begins', 'load ends']);
  });

  test('begins between two measurements, however closely they follow', async () => {
    const work = async (): Promise<void> => void done.push('work');
    const measureFour = async (): Promise<void> => {
      for (let index = 0; index < 4; index++) await calm.measure(async () => void done.push(`sample ${index}`));
    };
    const measuring = measureFour();
    await calm.between(work, never);
    await measuring;
    expect(done).toEqual(['sample 0', 'work', 'sample 1', 'sample 2', 'sample 3']);
  });

  test('waits until all that is measured has ended; what is asked meanwhile belongs to that', async () => {
    const [load, reading] = [open('load'), open('reading')];
    const measuring = calm.measure(load.body);
    const working = calm.between(async () => void done.push('work'), never);
    const measuringToo = calm.measure(reading.body);
    load.end();
    await measuring;
    reading.end();
    await Promise.all([measuringToo, working]);
    expect(done).toEqual(['load begins', 'reading begins', 'load ends', 'reading ends', 'work']);
  });

  test('begins in spite of a measurement when it can wait no longer', async () => {
    const load = open('load');
    const latest = Promise.withResolvers<void>();
    const measuring = calm.measure(load.body);
    const working = calm.between(async () => void done.push('work'), latest.promise);
    latest.resolve();
    await working;
    load.end();
    await measuring;
    expect(done).toEqual(['load begins', 'work', 'load ends']);
    await calm.measure(async () => void done.push('next'));
    expect(done.at(-1)).toBe('next');
  });

  test('is not done when it is called off, and holds up nobody', async () => {
    const load = open('load');
    const latest = Promise.withResolvers<void>();
    const measuring = calm.measure(load.body);
    const working = calm.between(async () => void done.push('work'), latest.promise);
    latest.reject(new Error('called off'));
    await expect(working).rejects.toThrow('called off');
    load.end();
    await measuring;
    await calm.measure(async () => void done.push('next'));
    expect(done).toEqual(['load begins', 'load ends', 'next']);
  });

  test('that fails, as a measurement that fails, holds up nobody', async () => {
    const failing = async () => {
      throw new Error('no luck');
    };
    await expect(calm.between(failing, never)).rejects.toThrow('no luck');
    await expect(calm.measure(failing)).rejects.toThrow('no luck');
    expect(await calm.between(async () => 42, never)).toBe(42);
    expect(await calm.measure(async () => 42)).toBe(42);
  });
});
