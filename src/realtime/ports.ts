// What the sockets need from outside.

/** Numbers a participant's page loads, durably: a reconnect of the same page gets the same number on any node, ever. */
export interface SignalingInstances {
  epochOf(roomId: string, participantId: string, instance: string): Promise<number>;
}
