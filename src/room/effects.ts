// What must follow a commit, as data. Running an effect twice is harmless.

/** Work for the job worker, written to the outbox in the same statement as the commit. */
export interface JobEffect {
  readonly type: 'job';
  readonly job: 'process_room';
  readonly roomId: string;
  /** Unique: the same effect is relayed once. */
  readonly key: string;
  /** Epoch ms before which the job must not run. */
  readonly notBefore: number;
}
