/**
 * How cold a start is, from the warmest on: a paused process is resumed (L0), a process started (L1), a container made (L2),
 * an image pulled (L3), a machine booted (L4).
 */
export const levelNames = ['L0', 'L1', 'L2', 'L3', 'L4'] as const;
export type Level = (typeof levelNames)[number];

interface Phase {
  /** As it is stored. */
  readonly name: string;
  /** Where it may be observed. */
  readonly levels: readonly Level[];
  /** From which edge to which; one edge alone: from the end of the phase before. */
  readonly meaning: string;
  /** On charts, for which neighbours must differ; as CSS has it. */
  readonly colour: string;
}

/** Where the platform starts a function, by whatever it was asked. */
const STARTS = ['L1', 'L2', 'L3'] as const;
/** Where somebody asks a platform that runs. */
const ASKED = ['L0', ...STARTS] as const;

/** All phases, in the order in which they happen. One counts only if both of its edges were observed by themselves. */
export const phases = [
  {
    name: 'accepted',
    levels: ['L4'],
    meaning: 'request for a machine sent → accepted by the cloud’s API',
    colour: '#5b7fa6',
  },
  { name: 'active', levels: ['L4'], meaning: 'until the cloud calls the machine active', colour: '#9d755d' },
  {
    name: 'firmware',
    levels: ['L4'],
    meaning: 'machine active → its kernel started: BIOS and boot loader',
    colour: '#4c78a8',
  },
  { name: 'kernel', levels: ['L4'], meaning: 'kernel started → its first process started', colour: '#b279a2' },
  { name: 'cloudinit', levels: ['L4'], meaning: 'until cloud-init has finished', colour: '#e8c33a' },
  { name: 'ssh', levels: ['L4'], meaning: 'until the first login by SSH', colour: '#72b7b2' },
  { name: 'userspace', levels: ['L4'], meaning: 'first process started → containerd’s unit begun', colour: '#1f9e9a' },
  { name: 'containerd', levels: ['L4'], meaning: 'until containerd is up', colour: '#f58518' },
  { name: 'platform', levels: ['L4'], meaning: 'until the gateway answers', colour: '#6f86d6' },
  // Without the delivery of the function.
  {
    name: 'harness',
    levels: ['L4'],
    meaning: 'until the deploy request is sent: givre’s own work (new host key, agent, password)',
    colour: '#7d8590',
  },
  {
    name: 'function',
    levels: ['L4'],
    meaning: 'deploy request sent → first byte of the first correct answer',
    colour: '#54a24b',
  },
  // Asked and answered: packets that were seen at the provider.
  {
    name: 'gateway',
    levels: ASKED,
    meaning: 'request sent → provider is asked to scale or deploy',
    colour: '#4c78a8',
  },
  { name: 'resume', levels: ['L0'], meaning: 'provider asked → task resumed', colour: '#72b7b2' },
  {
    name: 'remains',
    levels: ['L1'],
    meaning: 'provider asked → old task deleted, its network removed',
    colour: '#b279a2',
  },
  // At L2, too: providers ask the registry for what they have.
  { name: 'pull', levels: ['L2', 'L3'], meaning: 'provider asked → last blob of the image stored', colour: '#e45756' },
  { name: 'container', levels: ['L2', 'L3'], meaning: 'until the container record is created', colour: '#9d755d' },
  { name: 'newtask', levels: STARTS, meaning: 'until the task is created (shim and runc create)', colour: '#f58518' },
  { name: 'cni', levels: STARTS, meaning: 'first network plugin executed → last one ended', colour: '#e8c33a' },
  { name: 'start', levels: STARTS, meaning: 'until the task is started (runc start)', colour: '#54a24b' },
  // Seen in its network namespace.
  { name: 'listen', levels: STARTS, meaning: 'until the process listens, seen from outside', colour: '#1f9e9a' },
  { name: 'ready', levels: ASKED, meaning: 'until the provider answers the gateway', colour: '#6f86d6' },
  { name: 'forward', levels: ASKED, meaning: 'until the gateway forwards the invocation', colour: '#9ecae9' },
  {
    name: 'retry',
    levels: ASKED,
    meaning: 'first answer was wrong → the request that succeeded was sent',
    colour: '#d6336c',
  },
  { name: 'answer', levels: ASKED, meaning: 'until the first byte of the first correct answer', colour: '#8bcf7f' },
] as const satisfies readonly Phase[];

export type PhaseName = (typeof phases)[number]['name'];

/** In the same order. */
export const phaseNames = phases.map(({ name }) => name);

/** The total without all phases; shown beside them. */
export const residual = { name: 'residual', meaning: 'what no observed phase covers', colour: '#a3a9b2' } as const;
