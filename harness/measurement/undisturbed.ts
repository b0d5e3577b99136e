import type { System } from '../api/system.ts';
import type { Calm } from '../core/calm.ts';

type Ask<A extends readonly unknown[], T> = (...words: A) => Promise<T>;

/** All that has something done on the machine, but for letting it go on; a new capability is not forgotten here. */
type Asking = Omit<System, 'platform' | 'functions' | 'activate' | 'unsupported' | 'closedLoops' | 'editionLimitOf'>;

/** A system of which nothing is asked while something else works on one of the machines that it takes part on. */
export function undisturbed(system: System, calms: readonly Calm[]): System {
  const measure = <T>(body: () => Promise<T>): Promise<T> =>
    calms.reduce((inner, calm) => () => calm.measure(inner), body)();
  const calmly =
    <A extends readonly unknown[], T>(ask: Ask<A, T>): Ask<A, T> =>
    (...words) =>
      measure(() => ask(...words));
  const asking: Asking = {
    deploy: calmly(system.deploy),
    deployIdle: calmly(system.deployIdle),
    remove: calmly(system.remove),
    coldStart: calmly(system.coldStart),
    floor: calmly(system.floor),
    warm: calmly(system.warm),
    contamination: calmly(system.contamination),
    clean: calmly(system.clean),
    memory: calmly(system.memory),
    load: calmly(system.load),
    burst: calmly(system.burst),
    invokeAsync: calmly(system.invokeAsync),
    machineMemory: calmly(system.machineMemory),
    footprint: calmly(system.footprint),
    async watchMemoryLimit(deployable) {
      const end = await measure(() => system.watchMemoryLimit(deployable));
      return end === undefined ? undefined : calmly(end);
    },
  };
  return { ...system, ...asking };
}
