import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { access, canRoute, chooseDevice, chosen, devices, list, microphone, openMicrophone, type Role } from '../phone/devices';
import { changeMicrophone, choosePageTones, inPage, notifications, pageTones, testTone, tryAgain, wantNotifications } from '../state/line';
import type { PageTones } from '../state/offers';
import { dialog } from '../state/view';
import { Icon, type IconName } from './icons';
import { Dialog, DialogHead } from './parts';

export function Settings(): JSX.Element | null {
  const open = dialog.value?.kind === 'settings';
  useEffect(() => {
    if (open) void list();
  }, [open]);
  if (!open) return null;
  return (
    <Dialog open label={t().settings.heading} onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().settings.heading} />
      <div class="settings">
        <DeviceChoice role="microphone" icon="mic" kind="audioinput" />
        {inPage.value && <Level />}
        <MicrophoneHelp />
        <DeviceChoice role="speaker" icon="speaker" kind="audiooutput" />
        <DeviceChoice role="ringer" icon="bell" kind="audiooutput" />
        <p class="hint">{canRoute ? t().settings.ringerHint : t().settings.cannotChoose}</p>
        <label class="choice">
          <span>{t().settings.pageTones}</span>
          <select value={pageTones.value} onChange={(event) => choosePageTones(event.currentTarget.value as PageTones)}>
            <option value="offers">{t().settings.tonesOffers}</option>
            <option value="all">{t().settings.tonesAll}</option>
            <option value="none">{t().settings.tonesNone}</option>
          </select>
        </label>
        <label class="check">
          <input type="checkbox" checked={notifications.value} onChange={(event) => wantNotifications(event.currentTarget.checked)} />
          <span>{t().settings.notifications}</span>
          {'Notification' in window && Notification.permission === 'denied' && <span class="tag" data-kind="bad">{t().settings.notificationsBlocked}</span>}
        </label>
      </div>
    </Dialog>
  );
}

function DeviceChoice({ role, icon, kind }: { role: Role; icon: IconName; kind: MediaDeviceKind }): JSX.Element {
  const options = devices.value.filter((d) => d.kind === kind && d.deviceId !== '' && d.deviceId !== 'default');
  return (
    <div class="device">
      <Icon name={icon} />
      <label class="choice" for={`device-${role}`}>
        <span>{t().settings[role]}</span>
        <select
          id={`device-${role}`}
          value={chosen.value[role]}
          disabled={kind === 'audiooutput' && !canRoute}
          onChange={(event) => {
            chooseDevice(role, event.currentTarget.value);
            if (role === 'microphone') void changeMicrophone();
          }}
        >
          <option value="">{t().settings.systemDefault}</option>
          {options.map((d) => (
            <option key={d.deviceId} value={d.deviceId}>{d.label || d.deviceId.slice(0, 8)}</option>
          ))}
        </select>
      </label>
      {role !== 'microphone' && (
        <button type="button" class="button small" aria-label={`${t().settings.test}: ${t().settings[role]}`} onClick={() => void testTone(role)}>
          <Icon name="play" size={16} />
          {t().settings.test}
        </button>
      )}
    </div>
  );
}

/** Level shows how loud the microphone is, so that the agent sees that it hears. */
function Level(): JSX.Element | null {
  const meter = useRef<HTMLMeterElement>(null);
  const stream = microphone.value;
  useEffect(() => {
    if (!stream) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      const decibels = 10 * Math.log10(power + 1e-9);
      if (meter.current) meter.current.value = Math.max(0, Math.min(1, (decibels + 60) / 55));
    }, 80);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [stream]);
  if (!stream) return null;
  return (
    <label class="level">
      <span>{t().settings.level}</span>
      <meter ref={meter} min={0} max={1} value={0} />
    </label>
  );
}

export function MicrophoneHelp(): JSX.Element | null {
  if (!inPage.value || access.value === 'granted' || access.value === 'unknown') return null;
  const text = access.value === 'asking' ? t().idle.microphoneAsk : access.value === 'missing' ? t().idle.microphoneMissing : t().idle.microphoneRefused;
  return (
    <div class="notice" data-kind="warn" role="alert">
      <Icon name="micOff" />
      <span>{text}</span>
      {access.value !== 'asking' && (
        <button type="button" class="button small" onClick={() => void openMicrophone().then((stream) => stream && tryAgain())}>
          {t().idle.tryAgain}
        </button>
      )}
    </div>
  );
}
