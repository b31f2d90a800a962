import { signal } from '@preact/signals';
import { remember, remembered } from '../state/memory';

export type Role = 'microphone' | 'speaker' | 'ringer';

/** The devices that the agent chose; '' is the system's choice. */
export const chosen = signal<Record<Role, string>>(remembered('devices', { microphone: '', speaker: '', ringer: '' }));

export const devices = signal<MediaDeviceInfo[]>([]);

/** Whether the microphone can be used. */
export type Access = 'unknown' | 'asking' | 'granted' | 'refused' | 'missing';
export const access = signal<Access>('unknown');

/** The microphone in use. */
export const microphone = signal<MediaStream | undefined>(undefined);

/** Whether this browser lets a page choose the loudspeaker. */
export const canRoute = 'setSinkId' in HTMLMediaElement.prototype;

export function chooseDevice(role: Role, id: string): void {
  chosen.value = { ...chosen.value, [role]: id };
  remember('devices', chosen.value);
}

export async function list(): Promise<void> {
  devices.value = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
}

/** Opens the chosen microphone, or another one if it is gone. The browser may ask the agent. */
export async function openMicrophone(): Promise<MediaStream | undefined> {
  if (!navigator.mediaDevices) {
    access.value = 'refused'; // only pages from https or from this very machine may listen
    return undefined;
  }
  access.value = 'asking';
  try {
    const stream = await listen(chosen.value.microphone);
    for (const track of microphone.value?.getTracks() ?? []) track.stop();
    microphone.value = stream;
    access.value = 'granted';
    await list();
    return stream;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    access.value = name === 'NotFoundError' || name === 'NotReadableError' ? 'missing' : 'refused';
    return undefined;
  }
}

async function listen(id: string): Promise<MediaStream> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (id) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: id } } });
    } catch (error) {
      if (!(error instanceof DOMException && ['OverconstrainedError', 'NotFoundError'].includes(error.name))) throw error;
    }
  }
  return navigator.mediaDevices.getUserMedia({ audio });
}

navigator.mediaDevices?.addEventListener('devicechange', () => void list());
