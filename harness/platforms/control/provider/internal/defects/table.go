// Package defects is the one table of deviations that the control can be told to show, so that a check, a gate or a
// comparison is seen to fail. Every other package asks a Set; none knows why a deviation was chosen.
package defects

// Names of the defects. They are part of the command line, of results and of reports: do not rename.
const (
	NoReadiness   = "no-readiness"
	LeakCNI       = "leak-cni"
	SlowStatus    = "slow-status"
	LostTask      = "lost-task"
	LogCollector  = "log-collector"
	PullAlways    = "pull-always"
	LookupPerCall = "lookup-per-call"
	Proxy500      = "proxy-500"
	IgnoreLimits  = "ignore-limits"
	IgnoreMemory  = "ignore-memory-limit"
	FunctionLimit = "function-limit"
	IgnoreScale   = "ignore-replicas"
	UpdateRemoves = "update-removes"
	// CoreInContainers and FrontProxyDies are shown by givre-core, which brings up the core services.
	CoreInContainers = "core-in-containers"
	FrontProxyDies   = "front-proxy-dies"
	DelayRemains     = "delay-remains"
	DelayNewTask     = "delay-newtask"
	DelayCNI         = "delay-cni"
	DelayStart       = "delay-start"
	DelayReady       = "delay-ready"
)

// Defect describes one deviation.
type Defect struct {
	Name string `json:"name"`
	// Does says what the provider does wrong, in one sentence.
	Does string `json:"does"`
	// Mirrors says which observed behaviour of faasd 0.19.0 it stands for, or what it is for.
	Mirrors string `json:"mirrors"`
	// Unit of the value: "duration" (Go syntax: 20ms), or "" for a defect that takes no value.
	Unit string `json:"unit"`
	// Default value where Unit is not empty.
	Default string `json:"default,omitempty"`
	// LikeFaasd: switched on by --like faasd.
	LikeFaasd bool `json:"likeFaasd"`
}

var table = []Defect{
	{Name: NoReadiness, LikeFaasd: true,
		Does:    "deploy and scale return right after the task was started, before the function listens",
		Mirrors: "faasd forwards the first request once, without a readiness check: it may be answered by an error"},
	{Name: LeakCNI, LikeFaasd: true,
		Does:    "CNI DEL is not called for a killed task, and every invocation and status call scans the lease files for the address",
		Mirrors: "each kill-based start leaks a lease file and iptables rules; 1,000 files add 18 ms to each request"},
	{Name: SlowStatus, Unit: "duration", Default: "20ms",
		Does:    "each status call takes that much longer",
		Mirrors: "for tests: the gateway asks for the status up to three times in a cold start"},
	{Name: LostTask,
		Does:    "a killed task is still reported as available, so the gateway never scales it from zero",
		Mirrors: "for tests: a platform that never comes back after a crash"},
	{Name: LogCollector, LikeFaasd: true,
		Does:    "each task starts a log collector process (containerd's binary:// logging) before it may run",
		Mirrors: "faasd's shim starts a collector per task inside NewTask"},
	{Name: PullAlways, LikeFaasd: true,
		Does:    "each deploy asks the registry, and fails when the registry is down, also for a cached image",
		Mirrors: "faasd's default pull policy is Always"},
	{Name: LookupPerCall, LikeFaasd: true,
		Does:    "each invocation and status call asks containerd (eight calls) instead of using what is known",
		Mirrors: "faasd makes about eight containerd calls per invocation and status call"},
	{Name: Proxy500, LikeFaasd: true,
		Does:    "a function that cannot be reached is answered 500 instead of 502",
		Mirrors: "the SDK's proxy, and so faasd, answers 500 (X-OpenFaaS-Internal: proxy)"},
	{Name: IgnoreLimits, LikeFaasd: true,
		Does:    "limits.cpu and readOnlyRootFilesystem are accepted and ignored",
		Mirrors: "only limits.memory acts in faasd"},
	{Name: IgnoreMemory,
		Does:    "limits.memory is accepted and ignored",
		Mirrors: "for tests: a platform on which a function takes as much memory as it likes"},
	{Name: FunctionLimit,
		Does:    "a 16th function is refused with 400, however much room the machine has",
		Mirrors: "the community edition of faasd, after 0.19.0, refuses a 16th function; its answer begins with these words"},
	{Name: IgnoreScale, LikeFaasd: true,
		Does:    "replicas above 1 are accepted and ignored",
		Mirrors: "faasd ignores replicas > 1 silently"},
	{Name: UpdateRemoves, LikeFaasd: true,
		Does:    "an update removes the running function before it pulls the new image",
		Mirrors: "a PUT with an image that cannot be pulled removes the running function"},
	{Name: CoreInContainers, LikeFaasd: true,
		Does:    "core services run in containers on the bridge, each with a loopback of its own and 1024 descriptors, behind a front proxy",
		Mirrors: "faasd runs them so: what the queue-worker or the gateway is to reach must listen on 10.62.0.1"},
	{Name: FrontProxyDies, LikeFaasd: true,
		Does:    "the front proxy on :8080 has 1024 descriptors and ends at the first connection that it cannot pass on, until it is restarted",
		Mirrors: "the accept loop of faasd up in 0.19.0 ends at the first failed dial, and nothing answers any more"},
	delay(DelayRemains, "before the old task is deleted"),
	delay(DelayNewTask, "just before NewTask"),
	delay(DelayCNI, "inside the CNI plugin chain (an extra plugin, givre-delay)"),
	delay(DelayStart, "between CNI ADD and the start of the task"),
	delay(DelayReady, "after the function listens and before the call returns"),
}

func delay(name, where string) Defect {
	return Defect{Name: name, Unit: "duration", Default: "20ms",
		Does:    "waits that long " + where,
		Mirrors: "for tests: the delay must appear in one phase of a cold start and in no other"}
}

// All returns the table in its documented order.
func All() []Defect { return append([]Defect(nil), table...) }
