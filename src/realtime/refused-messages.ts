// Counts every message that is refused, and tells of those that our own client should not have sent: a refusal as invalid is a
// fault of ours that nobody else would notice, since telemetry is sent and not asked after.
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Socket } from 'socket.io';
import { isInvalid, isOwnClient } from '../protocol/own-client.ts';
import type { AckFunction } from './acks.ts';

export interface RefusedMessages {
  /** The ack of a message, watched for a refusal. `name` as the client gave it. */
  watch(socket: Socket, name: string, ack: AckFunction): AckFunction;
}

interface Options {
  readonly registry: Registry;
  readonly log: Logger;
  /** Whatever else a client makes up is counted as one. */
  readonly knownNames: ReadonlySet<string>;
}

export const createRefusedMessages = ({ registry, log, knownNames }: Options): RefusedMessages => {
  const refused = new Counter({
    name: 'trialogue_refused_messages_total',
    help: 'Messages on sockets that were refused, by the code of the refusal; client: own (our SDK says so) or other.',
    labelNames: ['message', 'code', 'client'],
    registers: [registry],
  });
  /** Once each: who pretends to be our client must not fill the log. */
  const logged = new Set<string>();

  const note = (socket: Socket, given: string, code: string, details: unknown): void => {
    const message = knownNames.has(given) ? given : 'unknown';
    const isOwn = isOwnClient(socket.handshake.auth.client);
    refused.inc({ message, code, client: isOwn ? 'own' : 'other' });
    if (!isOwn || !isInvalid(code) || logged.has(message)) return;
    logged.add(message);
    log.error({ message, code, details }, 'a message of our own client was refused as invalid');
  };

  return {
    watch: (socket, name, ack) => (answer) => {
      const error = answer.error as { code?: unknown; details?: unknown } | undefined;
      if (answer.ok === false && typeof error?.code === 'string') note(socket, name, error.code, error.details);
      ack(answer);
    },
  };
};
