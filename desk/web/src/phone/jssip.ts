import { UA } from 'jssip';
import type { RTCSessionEvent } from 'jssip/lib/UA';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { Socket } from 'jssip/lib/Socket';
import type { Account, Phone, PhoneEvents } from './phone';
import { SipSocket } from './socket';

/** How long a registration holds. Asterisk forgets the page at once when its WebSocket closes, so this is only a last resort. */
const registerSeconds = 300;
/** Bounds of the pause before connecting again: the phone is to be back within 3 s of the network's return. */
const reconnectSeconds = { min: 1, max: 2 };

/** What a session keeps to itself but tells its debugger: the RTCPeerConnection exists from the moment of answering. */
type Leg = RTCSession & { connection: RTCPeerConnection | null };

/** JsSipPhone is a [Phone] made of JsSIP. */
export class JsSipPhone implements Phone {
  private agent?: UA;
  private socket?: SipSocket;
  private leg?: Leg;
  private microphone?: MediaStream;
  private wasAway = false;

  constructor(private readonly events: PhoneEvents) {}

  get up(): boolean {
    const state = this.leg?.connection?.iceConnectionState;
    return this.leg?.isEstablished() === true && state !== 'failed' && state !== 'closed';
  }

  start(account: Account): void {
    this.stop();
    this.events.onRegistration('connecting');
    this.socket = new SipSocket(account.url);
    const agent = new UA({
      sockets: this.socket as unknown as Socket,
      uri: `sip:${account.username}@${new URL(account.url).hostname}`,
      password: account.password,
      register_expires: registerSeconds,
      session_timers: false,
      connection_recovery_min_interval: reconnectSeconds.min,
      connection_recovery_max_interval: reconnectSeconds.max,
      user_agent: 'hasshin page',
    });
    this.agent = agent;
    agent.on('registered', () => this.registered());
    agent.on('disconnected', () => this.away());
    agent.on('registrationFailed', () => this.away());
    agent.on('newRTCSession', ({ originator, session }: RTCSessionEvent) => {
      if ((originator as string) === 'remote') this.pickUp(session as Leg);
    });
    agent.start();
  }

  stop(): void {
    const agent = this.agent;
    this.agent = undefined;
    this.socket = undefined;
    this.wasAway = false;
    this.hangUp();
    agent?.stop();
    if (agent) this.events.onRegistration('off');
  }

  async speakInto(microphone: MediaStream): Promise<void> {
    this.microphone = microphone;
    const track = microphone.getAudioTracks()[0];
    if (!track) return;
    for (const sender of this.leg?.connection?.getSenders() ?? []) {
      if (sender.track?.kind === 'audio') await sender.replaceTrack(track);
    }
  }

  suspect(): void {
    this.socket?.drop();
  }

  private registered(): void {
    this.events.onRegistration('registered');
    if (this.wasAway && this.leg?.isEstablished()) {
      // The leg outlives its WebSocket, but Asterisk would send its BYE to the old one: a re-INVITE tells it the new.
      this.leg.renegotiate();
    }
    this.wasAway = false;
  }

  private away(): void {
    if (!this.agent) return;
    this.wasAway = true;
    this.events.onRegistration('lost');
  }

  /** Only our own server can ring this phone, and it means the agent's booth: no need to ask. */
  private pickUp(leg: Leg): void {
    const old = this.leg;
    this.leg = leg;
    leg.on('peerconnection', ({ peerconnection }) => {
      peerconnection.addEventListener('track', (event) => {
        if (this.leg === leg) this.events.onSound(event.streams[0] ?? new MediaStream([event.track]));
      });
      peerconnection.addEventListener('iceconnectionstatechange', () => {
        if (this.leg === leg) this.events.onLeg(this.up);
      });
    });
    leg.on('confirmed', () => {
      if (this.leg === leg) this.events.onLeg(true);
    });
    const over = () => {
      if (this.leg !== leg) return;
      this.leg = undefined;
      this.events.onSound(undefined);
      this.events.onLeg(false);
    };
    leg.on('ended', over);
    leg.on('failed', over);
    // Host candidates are all there is, and the first are enough: waiting for the last may take seconds.
    leg.on('icecandidate', ({ candidate, ready }) => {
      if (candidate.type === 'host' && candidate.protocol === 'udp') setTimeout(ready, 50);
    });
    leg.answer({
      mediaStream: this.microphone,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [], bundlePolicy: 'max-bundle' },
    });
    if (old && !old.isEnded()) terminate(old);
  }

  private hangUp(): void {
    const leg = this.leg;
    this.leg = undefined;
    if (!leg) return;
    if (!leg.isEnded()) terminate(leg);
    this.events.onSound(undefined);
    this.events.onLeg(false);
  }
}

function terminate(leg: Leg): void {
  try {
    leg.terminate();
  } catch {
    leg.connection?.close(); // too early or too late for a BYE
  }
}
