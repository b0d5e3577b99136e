import { describe, expect, test } from 'vitest';
import {
  checkedRunId,
  descriptionOf,
  isLasting,
  type Mark,
  markInDescription,
  markInMetadata,
  markInProperties,
  metadataOf,
  nameOf,
  propertiesOf,
} from './marks.ts';

const mark: Mark = {
  runId: 'coldstart-20261123-150000-k3f9',
  role: 'faasd-0-x7f2',
  machine: '0b0e7c1e-6a3f-4a59-9c7e-1d1f0f2b3c4d',
  expiresAtSeconds: 1_795_000_000,
};

test('a mark survives the way through metadata, image properties and a description', () => {
  expect(markInMetadata({ ...metadataOf(mark), other: 'x' })).toEqual(mark);
  expect(markInProperties({ ...propertiesOf(mark), os_distro: 'debian' })).toEqual(mark);
  expect(markInDescription(descriptionOf(mark))).toEqual(mark);
});

test('names and marks fit what the services allow', () => {
  expect(nameOf(mark)).toBe('givre-coldstart-20261123-150000-k3f9-faasd-0-x7f2');
  const longest = { ...mark, runId: 'r'.repeat(80), role: 'x'.repeat(80) };
  expect(descriptionOf(longest).length).toBeLessThanOrEqual(255);
  expect(nameOf(longest).length).toBeLessThanOrEqual(255);
  for (const key of Object.keys(metadataOf(mark))) expect(key).toMatch(/^[a-zA-Z0-9-_:. ]{1,255}$/);
});

test('an image that shall outlive its run says so, others do not', () => {
  expect(isLasting(propertiesOf(mark, true))).toBe(true);
  expect(isLasting(propertiesOf(mark))).toBe(false);
  expect(markInProperties(propertiesOf(mark, true))).toEqual(mark);
});

describe('what only looks like a mark is none', () => {
  test.each([
    ['a text around it', `see ${descriptionOf(mark)}`],
    ['a line after it', `${descriptionOf(mark)}\nmine`],
    ['a part missing', 'givre run=a role=b expires=1795000000'],
    ['another order', 'givre role=b run=a machine=m expires=1795000000'],
    ['an expiry that is no number', 'givre run=a role=b machine=m expires=tomorrow'],
    ['a run that is a path', 'givre run=../../etc role=b machine=m expires=1795000000'],
    ['only our name', 'givre-coldstart-20261123-150000-k3f9-faasd-0'],
    ['nothing', ''],
  ])('%s', (_, description) => {
    expect(markInDescription(description)).toBeUndefined();
  });

  test('metadata with a part missing, empty or broken', () => {
    const whole = metadataOf(mark);
    for (const key of Object.keys(whole)) {
      const { [key]: _, ...rest } = whole;
      expect(markInMetadata(rest)).toBeUndefined();
      expect(markInMetadata({ ...whole, [key]: '' })).toBeUndefined();
      expect(markInMetadata({ ...whole, [key]: 'a b' })).toBeUndefined();
    }
  });
});

test('what cannot be the id of a run is refused before it becomes part of a path', () => {
  expect(checkedRunId(mark.runId)).toBe(mark.runId);
  for (const word of ['', '../x', 'a/b', 'a b', '.hidden', '-x', 'r'.repeat(81)]) {
    expect(() => checkedRunId(word)).toThrow(expect.objectContaining({ code: 'E_RUN_ID', exitCode: 2 }));
  }
});
