import type { Level, Manifest, PhaseName } from '../harness/runs/schema.ts';

/** What every kind of report says about what was measured and how. Plain text, shown escaped. */
export const levelWords: Record<Level, { name: string; startsWhen: string; proof: string }> = {
  L0: {
    name: 'resume',
    startsWhen: 'the invocation is sent to a paused function',
    proof: 'containerd reported /tasks/resumed between send and answer, and the process is the same',
  },
  L1: {
    name: 'process',
    startsWhen: 'the invocation is sent to a function scaled to zero',
    proof: 'task deleted, created and started between send and answer, and the process is a new one',
  },
  L2: {
    name: 'container',
    startsWhen: 'the deploy request is sent; the image is already on the machine',
    proof: 'a new container and a new task were created and started between send and answer',
  },
  L3: {
    name: 'pull',
    startsWhen: 'the deploy request is sent; the image has been removed from the machine',
    proof: 'as L2, and the image’s own blobs were absent before and fetched from the registry',
  },
  L4: {
    name: 'machine',
    startsWhen: 'a new machine is asked of the cloud, from an image that holds platform and function image',
    proof: 'the cloud made the machine for this sample, its kernel or container started after the request, then as L2',
  },
};

export const phaseWords: Record<PhaseName | 'residual', string> = {
  accepted: 'request for a machine sent → accepted by the cloud’s API',
  active: 'until the cloud calls the machine active',
  firmware: 'machine active → its kernel started: BIOS and boot loader',
  kernel: 'kernel started → its first process started',
  cloudinit: 'until cloud-init has finished',
  ssh: 'until the first login by SSH',
  userspace: 'first process started → containerd’s unit begun',
  containerd: 'until containerd is up',
  platform: 'until the gateway answers',
  harness: 'until the deploy request is sent: givre’s own work (new host key, agent, password)',
  function: 'deploy request sent → first byte of the first correct answer',
  gateway: 'request sent → provider is asked to scale or deploy',
  resume: 'provider asked → task resumed',
  remains: 'provider asked → old task deleted, its network removed',
  pull: 'provider asked → last blob of the image stored',
  container: 'until the container record is created',
  newtask: 'until the task is created (shim and runc create)',
  cni: 'first network plugin executed → last one ended',
  start: 'until the task is started (runc start)',
  listen: 'until the process listens, seen from outside',
  ready: 'until the provider answers the gateway',
  forward: 'until the gateway forwards the invocation',
  retry: 'first answer was wrong → the request that succeeded was sent',
  answer: 'until the first byte of the first correct answer',
  residual: 'what no observed phase covers',
};

export const controlWords =
  'control is givre’s own OpenFaaS provider, the control of the experiment. It is not faasd, and its numbers are not ' +
  'faasd’s. It starts functions through the same gateway, containerd and CNI, so that causes can be told apart by ' +
  'switching one deviation on or off.';

export const noResultWords =
  'This run is not valid, so its numbers are not results: they are shown to find out why. Do not quote them.';

/** How each number of the report is made, as paragraphs. */
export function methodWords(manifest: Manifest): { heading: string; text: string }[] {
  return [
    {
      heading: 'What is timed',
      text:
        'From the trigger to the first byte of the first correct answer, on one clock of the machine under test. ' +
        `Where the first answer is wrong, the request is repeated every ${manifest.pollSpacingMs} ms and the first ` +
        'answer is kept as a result of its own: a fast error flatters nobody.',
    },
    {
      heading: 'What counts',
      text:
        'Nothing is dropped. A sample is ok, failed (by whom is said), not cold (the proof of its level was not seen) or ' +
        'invalid (the measurement itself was disturbed). Quantiles are taken over the ok samples and those that failed ' +
        'through no fault of the harness; a sample without a correct answer counts as later than all others.',
    },
    {
      heading: 'Quantiles and intervals',
      text:
        'Quantiles are order statistics (Hyndman & Fan, definition 2). Intervals are exact, distribution-free, two-sided ' +
        '95 % from the binomial distribution of ranks; a median needs n ≥ 6, and p99 is withheld below n = 368, where its ' +
        'interval has no upper bound. They treat the samples as independent: whether the machine drifted is shown over ' +
        'time. Intervals of proportions are Wilson’s.',
    },
    {
      heading: 'Distance to the floor and ratios',
      text:
        'The floor is a do-nothing static C server started by the same containerd and CNI calls on the same machine, ' +
        'without gateway and provider, measured interleaved in the same run; at L4 a machine of the same flavor from the ' +
        'base image, with nothing of givre on it, from the request until somebody can log in. A ratio is the mean over ' +
        'blocks of the log ratio of the two medians in each, so that what differs between deployments cancels: from six ' +
        'blocks on Hodges–Lehmann with the interval of Wilcoxon’s signed-rank test, from three to five with Student’s; below, ' +
        'the ratio of the pooled medians with the interval of Price & Bonett (2002), which knows nothing of such differences. ' +
        'So a ratio need not be exactly that of the two medians shown.',
    },
    {
      heading: 'Phases and residual',
      text:
        'A phase counts only if both of its edges were observed by themselves. The residual is the total minus the union ' +
        'of all phases. The chart stacks medians over the ok samples, with 0 where a phase was not observed; medians do ' +
        'not add up exactly to the median of the total, which is marked. Much of a machine’s start (L4) happens at the same ' +
        'time: its phases are taken in the order in which they ended, and what ended after the deploy request is none.',
    },
    {
      heading: 'Order',
      text:
        `Functions, levels and platforms are interleaved in random order (seed ${manifest.seed}), in ${manifest.blocks} ` +
        `${manifest.blocks === 1 ? 'block' : 'blocks'} (one machine, one deployment each). Before each L1 invocation ` +
        `${manifest.cacheWaitMs} ms pass so that the gateway’s replica cache has expired.`,
    },
  ];
}

/**
 * What the machines under test were, where that limits what the numbers stand for. Empty for containers and for VMs
 * with processors of their own.
 */
export function machineWords(manifest: Manifest): string[] {
  const kinds = new Set(manifest.machines.map((machine) => machine.virtualisation));
  const hypervisors = manifest.machines.flatMap(({ hypervisor }) => (hypervisor === null ? [] : [hypervisor]));
  return [
    ...(['lxc', 'lxc-libvirt'].some((kind) => kinds.has(kind))
      ? [
          'The machines were LXC servers: shared kernel, not a VM. No kernel was booted for them, so level L4 has no ' +
            'kernel phase, and nothing here says what a VM would have cost.',
        ]
      : []),
    ...(kinds.has('qemu')
      ? [
          'The machines were emulated: every instruction went through an emulator, at about a tenth of native speed. ' +
            'These times show that it works, not how fast it is.',
        ]
      : []),
    ...(manifest.platforms.length > 1 && new Set(hypervisors).size < hypervisors.length
      ? ['Several of the machines ran on one hypervisor, where they may have disturbed each other.']
      : []),
  ];
}
