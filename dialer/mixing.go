package dialer

// talkBridge is the type of the bridges in which people talk: a booth, a call's own bridge.
//
// While two are alone in it, Asterisk hands the packets of the one to the other ("simple_bridge"), and mixes ("softmix") when there are more. With
// video_sfu it mixes always: no stream of video has to be there for that, and nobody is asked for one. docs/asterisk.md tells what speaks for which.
func (n NodeConfig) talkBridge() string {
	if n.MixAlways {
		return "mixing,dtmf_events,video_sfu"
	}
	return "mixing,dtmf_events"
}
