// What the sockets need from outside.

/** Numbers a participant's page loads, durably: a reconnect of the same page gets the same number on any node, ever. */
export interface SignalingInstances {
  pageEpochOf(roomId: string, participantId: string, instance: string): Promise<number>;
  /** These pages were numbered so. A database that has come back older may not know it any more. */
  remember(roomId: string, pages: readonly NumberedPage[]): Promise<void>;
}

export interface NumberedPage {
  readonly participantId: string;
  readonly instance: string;
  readonly pageEpoch: number;
}

/** A participant's page in signaling. */
export interface PeerPlace {
  readonly pageEpoch: number;
  readonly seat: number;
  /** False while the page is away and may come back. */
  readonly present: boolean;
}

/** Pages in signaling on the other nodes. What is known of them may be late, and is kept while Redis is away. */
export interface RemotePeers {
  /** From a room's first page on this node until the returned function has been called for its last. */
  watch(roomId: string): () => void;
  /** Resolves when this node knows what the others have published, or cannot ask. Never rejects. */
  filled(roomId: string): Promise<void>;
  /** Of a watched room, by participant. Pages on nodes that have died are gone. */
  of(roomId: string): ReadonlyMap<string, PeerPlace>;
  /** This node has the page: that replaces whatever another node has published of the participant. */
  publish(roomId: string, participantId: string, place: PeerPlace): void;
  /** This node has the page no more. What another node has published since stays. */
  withdraw(roomId: string, participantId: string): void;
  /** What other nodes publish, and what was known until then; undefined: the page has left. */
  onChange(
    callback: (
      roomId: string,
      participantId: string,
      now: PeerPlace | undefined,
      before: PeerPlace | undefined,
    ) => void,
  ): void;
  /** Resolves when what other nodes emit to this Socket.IO room reaches this node, or cannot reach it now. Never rejects. */
  reachable(socketRoom: string): Promise<void>;
  /** What is published now can reach the other nodes. */
  isUp(): boolean;
  /** Why nothing more can be emitted to other nodes just now. */
  obstacle(): 'unavailable' | 'rate_limited' | undefined;
}
