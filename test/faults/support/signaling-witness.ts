// One page in /signaling that writes down whom it is told of and which signals reach it.
import { randomUUID } from 'node:crypto';
import type { Manager } from 'socket.io-client';
import { eventually } from '../../../processes/eventually.ts';
import type { IncomingSignal, Peer } from '../../../src/protocol/signaling-messages.ts';
import type { Answer } from '../../support/cluster/node-socket.ts';

const PATIENCE_MS = 1_000;

export interface SignalingWitness {
  readonly participantId: string;
  /** Epochs of those who are there, as far as this page was told. */
  readonly peers: ReadonlyMap<string, number>;
  /** Participants who were said to have left. */
  readonly left: readonly string[];
  /** Reasons for which the server closed it. */
  readonly lost: readonly string[];
  /** Undefined when it was acknowledged and has arrived, else what happened instead. */
  signal(to: SignalingWitness): Promise<string | undefined>;
  hasReceived(mark: string): boolean;
  close(): void;
}

/** Resolves when the peers who are there have been told. */
export const openSignaling = async (
  connection: Manager,
  { participantId, token }: { readonly participantId: string; readonly token: string },
): Promise<SignalingWitness> => {
  const socket = connection.socket('/signaling', { auth: { token, instance: randomUUID() } });
  const peers = new Map<string, number>();
  const left: string[] = [];
  const lost: string[] = [];
  const received = new Set<string>();
  let replaced = false;
  socket.on('peer:joined', ({ participantId: id, epoch }: Peer) => peers.set(id, epoch));
  socket.on('peer:left', ({ participantId: id, epoch }: Peer) => {
    left.push(id);
    if (peers.get(id) === epoch) peers.delete(id);
  });
  socket.on('signal', ({ candidate }: IncomingSignal) => received.add(candidate?.candidate ?? ''));
  socket.on('connection:replaced', () => {
    replaced = true;
  });
  socket.on('disconnect', (reason) => {
    if (!replaced && reason !== 'io client disconnect') lost.push(`/signaling: ${reason}`);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect_error', reject);
    socket.once('peers', (body: { readonly peers: readonly Peer[] }) => {
      for (const { participantId: id, epoch } of body.peers) peers.set(id, epoch);
      resolve();
    });
  });

  return {
    participantId,
    peers,
    left,
    lost,
    hasReceived: (mark) => received.has(mark),
    async signal(to) {
      const epoch = peers.get(to.participantId);
      if (epoch === undefined) return 'the peer is not known';
      const mark = randomUUID();
      const body = { to: to.participantId, epoch, candidate: { candidate: mark } };
      const answer: Answer | undefined = await socket
        .timeout(PATIENCE_MS)
        .emitWithAck('signal', body)
        .catch(() => undefined);
      if (!answer?.ok) return answer?.error?.code ?? 'unanswered';
      const arrives = eventually('it arrives', () => to.hasReceived(mark), PATIENCE_MS);
      return arrives.then(
        () => undefined,
        () => 'acknowledged, and lost',
      );
    },
    close: () => socket.disconnect(),
  };
};
