// Socket.IO namespace /signaling: SDP and ICE between two participants of one room. The server keeps and logs none of it.
import { z } from 'zod';
import type { Ack } from './session-messages.ts';
import { idSchema, storableText } from './text.ts';

export const SIGNALING_NAMESPACE = '/signaling';
export const MAX_SIGNAL_BYTES = 64 * 1024;

/** `auth.instance`: made by the client once per page load. */
export const instanceSchema = storableText(1, 100);

export const signalSchema = z
  .object({
    to: idSchema,
    epoch: z.int().min(0),
    // A rollback without SDP, from whoever answers in the pair: the last exchange led to nothing, please offer again.
    description: z
      .object({ type: z.enum(['offer', 'answer', 'pranswer', 'rollback']), sdp: z.string().optional() })
      .optional(),
    candidate: z
      .object({
        candidate: z.string(),
        sdpMid: z.string().nullish(),
        sdpMLineIndex: z.int().min(0).nullish(),
        usernameFragment: z.string().nullish(),
      })
      .nullish(),
  })
  .refine(
    (signal) => (signal.description === undefined) !== (signal.candidate === undefined),
    'needs either a description or a candidate',
  );

export type Signal = z.infer<typeof signalSchema>;
/** What the receiver of the message does towards that peer: the lower seat offers. */
export type PeerRole = 'offer' | 'answer';

export interface Peer {
  readonly participantId: string;
  /** Counts the participant's page loads, so that a reload is told from a reconnect. */
  readonly epoch: number;
  readonly role: PeerRole;
}

export type IncomingSignal = Omit<Signal, 'to'> & { readonly from: string };

export interface SignalingServerEvents {
  peers: (body: { peers: Peer[] }) => void;
  'peer:joined': (peer: Peer) => void;
  'peer:left': (body: { participantId: string; epoch: number }) => void;
  signal: (signal: IncomingSignal) => void;
}
export interface SignalingClientEvents {
  signal: (signal: Signal, ack: (answer: Ack<Record<never, never>>) => void) => void;
}
