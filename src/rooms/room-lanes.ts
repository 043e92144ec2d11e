// One command in flight per room on this node: a race inside one process would only cost a lost statement.

export interface RoomLanes {
  /** Runs the task after all earlier ones of the same room, whether they succeeded or not. */
  run<Result>(roomId: string, task: () => Promise<Result>): Promise<Result>;
  /** Resolves when no task is running or waiting. */
  idle(): Promise<void>;
}

export const createRoomLanes = (): RoomLanes => {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(roomId, task) {
      const before = tails.get(roomId);
      const result = before ? before.then(task, task) : task();
      const tail = result
        .catch(() => {})
        .then(() => {
          if (tails.get(roomId) === tail) tails.delete(roomId);
        });
      tails.set(roomId, tail);
      return result;
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
};
