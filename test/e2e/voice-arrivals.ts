// When packets of the others' voices reach a page, by peer connection, on the machine's clock: watch before the page is opened.
import type { Page } from 'playwright-core';

export interface VoiceArrival {
  readonly state: RTCPeerConnectionState;
  /** Candidate types of the pair in use, own and other: 'relay relay'. */
  readonly path: string;
  readonly packets: number;
  /** When packets were first seen, and when they were last seen to have grown; epoch ms, 0 for never. */
  readonly firstAt: number;
  readonly lastAt: number;
}

type Watched = { -readonly [Key in keyof VoiceArrival]: VoiceArrival[Key] };
type WatchedWindow = Window & { __arrivals: Watched[] };

/** Runs in the page before anything else. */
const watch = (): void => {
  const arrivals: Watched[] = [];
  Object.assign(window, { __arrivals: arrivals });
  const look = async (connection: RTCPeerConnection, arrival: Watched): Promise<void> => {
    arrival.state = connection.connectionState;
    if (arrival.state === 'closed') return;
    const stats = new Map(Object.entries(Object.fromEntries(await connection.getStats())));
    for (const stat of stats.values()) {
      if (stat.type === 'inbound-rtp' && stat.packetsReceived !== arrival.packets) {
        arrival.packets = stat.packetsReceived;
        arrival.lastAt = performance.timeOrigin + performance.now();
        arrival.firstAt ||= arrival.lastAt;
      }
      if (stat.type === 'transport' && stat.selectedCandidatePairId) {
        const pair = stats.get(stat.selectedCandidatePairId);
        const [own, other] = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)];
        arrival.path = `${own?.candidateType} ${other?.candidateType}`;
      }
    }
    setTimeout(() => void look(connection, arrival), 50);
  };
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args);
      const arrival: Watched = { state: 'new', path: '', packets: 0, firstAt: 0, lastAt: 0 };
      arrivals.push(arrival);
      void look(this, arrival);
    }
  };
};

export const watchArrivals = (page: Page): Promise<unknown> => page.addInitScript(watch);

/** Of every peer connection that this page load has made. */
export const arrivalsAt = (page: Page): Promise<VoiceArrival[]> =>
  page.evaluate(() => (window as unknown as WatchedWindow).__arrivals);
