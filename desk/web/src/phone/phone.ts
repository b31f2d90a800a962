/** How the phone stands with the server that rings it. */
export type Registration = 'off' | 'connecting' | 'registered' | 'lost';

/** What the phone needs to register. */
export interface Account {
  username: string;
  password: string;
  /** SIP over WebSocket, absolute. */
  url: string;
}

/** What the phone tells its owner. */
export interface PhoneEvents {
  onRegistration(state: Registration): void;
  /** A leg is up, or the last one is gone. */
  onLeg(up: boolean): void;
  /** Sound has come in, or there is none any more. */
  onSound(stream: MediaStream | undefined): void;
}

/**
 * Phone is the agent's telephone: it registers, and picks up by itself whatever its server rings it for. There is one leg at most; a new
 * one replaces the old.
 */
export interface Phone {
  start(account: Account): void;
  /** Ends the leg and forgets the account. */
  stop(): void;
  /** Gives the phone another microphone, in the middle of a leg too. */
  speakInto(microphone: MediaStream): Promise<void>;
  /** The connection is doubtful: give it up and make a new one, without ending the leg. */
  suspect(): void;
  /** Whether a leg is up whose sound has not been lost. */
  readonly up: boolean;
}
