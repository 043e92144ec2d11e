// Reads one peer connection's statistics: does that voice really arrive here, and how far away is it.
import type { LinkState } from '../client-state.ts';

export interface LinkStats {
  readonly audible: boolean | null;
  readonly rttMs: number | null;
  readonly packetsLost: number | null;
}

type Connection = Pick<RTCPeerConnection, 'getStats' | 'connectionState' | 'getReceivers'>;

/** Above the noise of an open microphone, below a quiet voice (0 to 1, linear). */
const SOUNDING_LEVEL = 0.01;

const numberOf = (stat: Record<string, unknown>, field: string): number | undefined => {
  const value = stat[field];
  return typeof value === 'number' ? value : undefined;
};

export const createLinkStats = (connection: Connection) => {
  let lastBytes: number | undefined;
  let everHeard = false;

  return {
    async read(): Promise<LinkStats> {
      let bytes: number | undefined;
      let energy: number | undefined;
      let packetsLost: number | null = null;
      let rttMs: number | null = null;
      const report = await connection.getStats();
      report.forEach((stat: Record<string, unknown>) => {
        if (stat.type === 'inbound-rtp' && stat.kind === 'audio') {
          bytes = numberOf(stat, 'bytesReceived');
          energy = numberOf(stat, 'totalAudioEnergy');
          packetsLost = numberOf(stat, 'packetsLost') ?? null;
        }
        if (stat.type === 'candidate-pair' && stat.state === 'succeeded' && stat.nominated === true) {
          const seconds = numberOf(stat, 'currentRoundTripTime');
          rttMs = seconds === undefined ? rttMs : seconds * 1_000;
        }
      });
      // Somebody who is silent is still heard: sound once, and packets that keep coming.
      everHeard ||= (energy ?? 0) > 0;
      const flowing = bytes !== undefined && lastBytes !== undefined ? bytes > lastBytes : null;
      lastBytes = bytes;
      if (connection.connectionState !== 'connected') return { audible: false, rttMs, packetsLost };
      return { audible: flowing === null ? null : flowing && everHeard, rttMs, packetsLost };
    },

    /** Of the packet played last; cheap enough to ask several times a second. */
    listen(): { readonly sounding: boolean; readonly timestamp: number | undefined } {
      const [receiver] = connection.getReceivers();
      // Not every browser has it; then nobody sounds.
      const [source] = receiver?.getSynchronizationSources?.() ?? [];
      return { sounding: (source?.audioLevel ?? 0) > SOUNDING_LEVEL, timestamp: source?.rtpTimestamp };
    },
  };
};

export const UNKNOWN_LINK: Omit<LinkState, 'participantId'> = {
  state: 'waiting',
  audible: null,
  sounding: false,
  rttMs: null,
  packetsLost: null,
};
