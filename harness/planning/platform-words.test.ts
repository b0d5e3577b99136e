import { describe, expect, test } from 'vitest';
import { knownDefects } from '../platforms/control/defects.ts';
import { controlLabel, parsePlatforms } from './platform-words.ts';

const plain = { defects: [], like: undefined };

describe('--platform', () => {
  test('lists faasd builds and controls with and without defects', () => {
    expect(parsePlatforms('faasd=/opt/a,control,control+leak-cni+delay-cni=20ms,control+like-faasd', plain)).toEqual([
      { kind: 'faasd', path: '/opt/a' },
      { kind: 'control', defects: [], like: undefined },
      { kind: 'control', defects: ['leak-cni', 'delay-cni=20ms'], like: undefined },
      { kind: 'control', defects: [], like: 'faasd' },
    ]);
  });

  test('--defect and --like apply to the control', () => {
    expect(parsePlatforms('control', { defects: ['lost-task'], like: 'faasd' })).toEqual([
      { kind: 'control', defects: ['lost-task'], like: 'faasd' },
    ]);
  });

  test.each([
    ['k3s', 'unknown platform "k3s"'],
    ['', 'names nothing'],
    ['faasd=', 'unknown platform "faasd="'],
    ['auto,control', '"auto" chooses one platform'],
    ['control+foo', 'no defect named "foo"'],
    ['control,control+leak-cni=1s', 'leak-cni takes no value'],
    ['control+delay-cni=', 'delay-cni takes a duration'],
    ['control+delay-cni=20', 'delay-cni takes a duration'],
    ['control+delay-cni=0s', 'delay-cni takes a duration'],
    ['control+delay-cni=61s', 'delay-cni takes a duration'],
    ['control+like-k3s', '--like knows no platform "k3s"'],
    ['control+like-faasd+like-faasd', 'a control is like one platform'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePlatforms(text, plain)).toThrow(message);
  });

  test.each([
    ['control+no-readyness', 'did you mean no-readiness?'],
    ['contrl', 'did you mean control?'],
    ['control+like-faas', 'did you mean faasd?'],
  ])('says what may have been meant by %j', (text, hint) => {
    expect(() => parsePlatforms(text, plain)).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(hint) }),
    );
  });

  test('takes every defect that the control has, by its name and with its usual value', () => {
    const known = knownDefects();
    expect(known.length).toBeGreaterThan(15);
    const words = known.flatMap(({ name, default: usual }) =>
      usual === undefined ? [name] : [name, `${name}=${usual}`],
    );
    expect(parsePlatforms(words.map((word) => `control+${word}`).join(','), plain)).toHaveLength(words.length);
  });

  test('takes the same faasd twice, for a comparison with itself', () => {
    expect(parsePlatforms('faasd,faasd', plain)).toHaveLength(2);
  });

  test('ignores an empty part of the list', () => {
    expect(parsePlatforms('control,', plain)).toEqual(parsePlatforms('control', plain));
  });

  test('refuses a defect without a control that could show it', () => {
    expect(() => parsePlatforms('faasd', { defects: ['leak-cni'], like: undefined })).toThrow(
      'for the control platform',
    );
  });

  test('labels tell controls apart', () => {
    expect(controlLabel([], undefined)).toBe('control');
    expect(controlLabel(['leak-cni'], 'faasd')).toBe('control+like-faasd+leak-cni');
  });

  test('takes a faasd that is on the machine already', () => {
    expect(parsePlatforms('existing', { defects: [], like: undefined })).toEqual([{ kind: 'existing' }]);
  });
});
