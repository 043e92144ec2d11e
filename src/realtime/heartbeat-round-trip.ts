// Clients of other makes may never report a round trip: Socket.IO's own heartbeats are timed, so that page turns wait for their
// paths too.

/** One WebSocket, whichever namespaces it carries. */
interface Transport {
  on(event: 'packetCreate', listener: (packet: { readonly type: string }) => void): void;
  on(event: 'heartbeat', listener: () => void): void;
  off(event: 'packetCreate' | 'heartbeat', listener: unknown): void;
}

/** Calls back with each round trip until the returned function is called. */
export const timeHeartbeats = (
  transport: Transport,
  monotonic: () => number,
  onRoundTrip: (rttMs: number) => void,
): (() => void) => {
  let pingedAt: number | undefined;
  const onPacket = ({ type }: { readonly type: string }): void => {
    if (type === 'ping') pingedAt = monotonic();
  };
  const onHeartbeat = (): void => {
    if (pingedAt !== undefined) onRoundTrip(monotonic() - pingedAt);
    pingedAt = undefined;
  };
  transport.on('packetCreate', onPacket);
  transport.on('heartbeat', onHeartbeat);
  return () => {
    transport.off('packetCreate', onPacket);
    transport.off('heartbeat', onHeartbeat);
  };
};
