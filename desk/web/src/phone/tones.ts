import type { Sheet, Tone } from '../api/types';

/** Overtones from here on are left out, as in what the phone plays: 8 kHz cannot carry them. */
const highestHz = 4000;

/** render makes the samples of a tone, the same that Asterisk plays to the agent's phone. */
export function render(tone: Tone, sheet: Sheet, rate: number): Float32Array<ArrayBuffer> {
  const { attack_ms, decay_ms, release_ms, partials } = sheet.envelope;
  const samples = (ms: number) => Math.floor((ms * rate) / 1000);
  const total = tone.notes.reduce((sum, note) => sum + samples(note.ms) + samples(note.gap_ms), 0);
  const strength = partials.reduce((sum, p) => sum + p, 0);
  const full = (tone.peak * Math.min(sheet.volume, 1 / tone.peak)) / strength;
  const out = new Float32Array(total);
  let at = 0;
  for (const note of tone.notes) {
    const length = samples(note.ms);
    const pitches = [note.hz, ...(note.with_hz ?? [])];
    const end = ((length - 1) / rate) * 1000;
    for (let n = 0; n < length; n++) {
      const t = n / rate;
      let x = 0;
      for (const hz of pitches) {
        partials.forEach((partial, i) => {
          if (hz * (i + 1) < highestHz) x += partial * Math.sin(2 * Math.PI * hz * (i + 1) * t);
        });
      }
      const ms = t * 1000;
      let loudness = Math.exp(-Math.max(0, ms - attack_ms) / decay_ms);
      if (ms < attack_ms) loudness *= (1 - Math.cos((Math.PI * ms) / attack_ms)) / 2;
      const left = end - ms;
      if (left < release_ms) loudness *= (1 - Math.cos((Math.PI * Math.max(0, left)) / release_ms)) / 2;
      out[at + n] = (full * loudness * x) / pitches.length;
    }
    at += length + samples(note.gap_ms);
  }
  return out;
}

/** TonePlayer plays tones on a loudspeaker of its own. */
export class TonePlayer {
  private context?: AudioContext;
  private output?: MediaStreamAudioDestinationNode;
  private readonly element = new Audio();
  private sheet?: Sheet;

  use(sheet: Sheet): void {
    this.sheet = sheet;
  }

  /** The events that have a tone for this agent. */
  has(event: string): boolean {
    return this.sheet?.events[event] !== undefined;
  }

  /** Plays the tone of an event on the given device; it rejects when the browser does not let the page make sounds yet. */
  async play(event: string, device: string): Promise<void> {
    const tone = this.sheet?.tones[this.sheet.events[event] ?? ''];
    if (tone && this.sheet) await this.sound(render(tone, this.sheet, this.start().sampleRate), device);
  }

  private start(): AudioContext {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: 'interactive' });
      this.output = this.context.createMediaStreamDestination();
      this.element.srcObject = this.output.stream;
    }
    return this.context;
  }

  private async sound(samples: Float32Array<ArrayBuffer>, device: string): Promise<void> {
    const context = this.start();
    if (context.state !== 'running') await context.resume();
    await route(this.element, device);
    await this.element.play();
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.output!);
    source.start();
  }
}

/** route lets an element sound on a device; '' is the system's choice. A device that is gone is replaced by that. */
export async function route(element: HTMLMediaElement, device: string): Promise<void> {
  if (!element.setSinkId || element.sinkId === device) return;
  try {
    await element.setSinkId(device);
  } catch {
    if (element.sinkId !== '') await element.setSinkId('');
  }
}
