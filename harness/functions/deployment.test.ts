import { expect, test } from 'vitest';
import { deploymentOf, extrasOf, functionPath } from './deployment.ts';
import type { StackFunction } from './stack.ts';

const plain: StackFunction = {
  name: 'rust-hello',
  stackPath: '/stack.yaml',
  lang: 'dockerfile',
  handlerDir: '/handler',
  image: 'givre/rust-hello:latest',
  skipBuild: false,
  copy: [],
  buildArgs: { WORKLOAD: 'hello' },
  bases: {},
  environment: {},
  labels: {},
  annotations: {},
  secrets: [],
  constraints: [],
  limits: undefined,
  requests: undefined,
  readOnlyRootFilesystem: false,
  fprocess: undefined,
  namespace: undefined,
};
const image = '127.0.0.1:5000/givre/rust-hello@sha256:0123';

test('a plain function is deployed with its name and the pinned image', () => {
  // As JSON, because an absent key and an undefined one are the same on the wire and different here.
  expect(JSON.parse(JSON.stringify(deploymentOf(plain, image)))).toStrictEqual({
    service: 'rust-hello',
    image,
    namespace: 'openfaas-fn',
    envVars: {},
    labels: {},
    annotations: {},
    secrets: [],
    constraints: [],
    readOnlyRootFilesystem: false,
  });
});

test("everything that a stack file says about running reaches the deployment, in the API's words", () => {
  const full = {
    ...plain,
    environment: { A: '1' },
    labels: { l: '2' },
    annotations: { n: '3' },
    secrets: ['s'],
    constraints: ['c'],
    limits: { memory: '128Mi', cpu: undefined },
    requests: { memory: undefined, cpu: '100m' },
    readOnlyRootFilesystem: true,
    fprocess: 'cat',
    namespace: 'other',
  };
  expect(JSON.parse(JSON.stringify(deploymentOf(full, image)))).toStrictEqual({
    service: 'rust-hello',
    image,
    namespace: 'other',
    envProcess: 'cat',
    envVars: { A: '1' },
    labels: { l: '2' },
    annotations: { n: '3' },
    secrets: ['s'],
    constraints: ['c'],
    limits: { memory: '128Mi' },
    requests: { cpu: '100m' },
    readOnlyRootFilesystem: true,
  });
});

test('the path names the namespace only where it is not the default one', () => {
  expect(functionPath(deploymentOf(plain, image))).toBe('/function/rust-hello');
  expect(functionPath(deploymentOf({ ...plain, namespace: 'other' }, image))).toBe('/function/rust-hello.other');
});

test('extras come from labels and annotations under our prefix, and may all be absent', () => {
  expect(extrasOf(plain)).toEqual({ language: undefined, workload: undefined, expectedBody: undefined });
  const labels = { 'dev.givre/language': 'rust', 'dev.givre/workload': 'hello' };
  const annotations = { 'dev.givre/expected-body': 'hi\n' };
  expect(extrasOf({ labels, annotations })).toEqual({ language: 'rust', workload: 'hello', expectedBody: 'hi\n' });
});
