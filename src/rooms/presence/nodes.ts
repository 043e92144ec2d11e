// Which server processes (nodes) are alive, and may hold connections: what the rooms ask. A node that runs alone knows that all others
// are gone; among many they watch each other (watched-nodes.ts).
import { type AgreeOnVocabulary, createVocabularyAgreement } from './vocabulary-agreement.ts';

export interface Nodes {
  /** The id with which the connections of this process are committed. It changes when others have declared this process dead. */
  bootId(): string;
  /** True when it is known that no process with this id can hold a connection any more. */
  isDead(bootId: string): boolean;
  /** This id was seen in a room: when it is not in the list at the next look either, its process is dead. */
  askAfter(bootId: string): void;
  /** Whether events may be committed that need this vocabulary: false while a node lives that could not read them. */
  allows(vocabulary: number): Promise<boolean>;
}

/** The lock on the database says that no other server runs: whatever another boot held is gone. */
export const createLoneNode = (bootId: string, agree: AgreeOnVocabulary): Nodes => ({
  bootId: () => bootId,
  isDead: (id) => id !== bootId,
  askAfter: () => {},
  allows: createVocabularyAgreement(agree, () => {}),
});
