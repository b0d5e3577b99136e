// Package defects is the one table of deviations that the control can be told to show, so that a check, a gate or a
// comparison is seen to fail. Every other package asks a Set; none knows why a deviation was chosen.
package defects

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

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
	PlainSuccess     = "plain-200"
	CoarseRefusals   = "coarse-codes"
	LossyStatus      = "lossy-status"
	DeployLeaves     = "deploy-leaves"
	BodyOnly         = "body-only"
	ZeroResumes      = "zero-resumes"
	Drain500         = "drain-500"
	LooseSecrets     = "loose-secrets"
	StrictNamespaces = "strict-namespaces"
	OpenNamespaces   = "open-namespaces"
	Proxy503         = "proxy-503"
	StoppedIsGateway = "stopped-is-gateway"
	JournalLogs      = "journal-logs"
	LongLineBlocks   = "long-line-blocks"
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

// The table itself is read by the harness, too, which refuses a wrong name before there is a machine.
//
//go:embed table.json
var tableJSON []byte

var table = mustRead(tableJSON)

func mustRead(text []byte) []Defect {
	var read []Defect
	if err := json.Unmarshal(text, &read); err != nil {
		panic(fmt.Sprintf("table.json: %v", err))
	}
	return read
}

// All returns the table in its documented order.
func All() []Defect { return append([]Defect(nil), table...) }
