// One state object until something changes, as front ends compare them. Several changes of one turn of the event loop are
// announced as one.

export interface AnnouncedState<State> {
  readonly current: State;
  changed(): void;
}

export const createAnnouncedState = <State>(
  compute: () => State,
  announce: (state: State) => void,
): AnnouncedState<State> => {
  let known: { readonly state: State } | undefined;
  let announced = true;
  const current = (): State => {
    known ??= { state: compute() };
    return known.state;
  };
  return {
    get current() {
      return current();
    },
    changed() {
      known = undefined;
      if (!announced) return;
      announced = false;
      queueMicrotask(() => {
        announced = true;
        announce(current());
      });
    },
  };
};
