package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/auth"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
	"givre.dev/provider/internal/machine"
)

// serve is the whole API with nothing deployed: what it answers needs no containerd.
func serve(t *testing.T, shown ...string) (url, secrets string) {
	t.Helper()
	set := &defects.Set{}
	for _, name := range shown {
		if err := set.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	secrets = t.TempDir()
	m := &machine.Machine{Defects: set, LogsDir: secrets}
	server := httptest.NewServer(Handler(Config{
		Functions: functions.New(m, secrets), Defects: set,
		Namespace: "openfaas-fn", SecretsDir: secrets, Logs: m,
		Version:     types.VersionInfo{Release: "1.2.3", SHA: "abc"},
		Credentials: &auth.BasicAuthCredentials{User: "admin", Password: "right"},
	}))
	t.Cleanup(server.Close)
	return server.URL, secrets
}

func call(t *testing.T, method, url, password, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("admin", password)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestEveryManagementRouteAsksForThePassword(t *testing.T) {
	url, _ := serve(t)
	for _, route := range []string{
		"GET /system/functions", "POST /system/functions", "PUT /system/functions", "DELETE /system/functions",
		"GET /system/function/x", "POST /system/scale-function/x", "GET /system/info", "GET /system/secrets",
		"GET /system/logs?name=x", "GET /system/namespaces", "GET /system/namespace/x", "POST /system/namespace/x",
	} {
		method, path, _ := strings.Cut(route, " ")
		if status, _ := call(t, method, url+path, "wrong", "{}"); status != 401 {
			t.Errorf("%s with a wrong password: %d", route, status)
		}
	}
	for _, path := range []string{"/healthz", "/metrics"} {
		if status, _ := call(t, "GET", url+path, "wrong", ""); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestManagementCallsAreCountedUnderTheSDKsNames(t *testing.T) {
	url, _ := serve(t)
	call(t, "GET", url+"/system/function/nobody", "right", "")
	call(t, "GET", url+"/system/info", "wrong", "")
	_, metrics := call(t, "GET", url+"/metrics", "", "")
	for _, line := range []string{
		`provider_http_requests_total{code="404",method="GET",path="/system/function"} 1`,
		`provider_http_requests_total{code="401",method="GET",path="/system/info"} 1`,
		`provider_http_request_duration_seconds_count{code="404",method="GET",path="/system/function"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("%s is not there", line)
		}
	}
}

func TestInfoNamesTheControlAndItsVersion(t *testing.T) {
	url, _ := serve(t)
	status, body := call(t, "GET", url+"/system/info", "right", "")
	var info types.ProviderInfo
	if err := json.Unmarshal([]byte(body), &info); err != nil || status != 200 {
		t.Fatalf("%d %s %v", status, body, err)
	}
	if info.Name != "givre-control" || info.Orchestration != "containerd" || info.Version.Release != "1.2.3" {
		t.Error(body)
	}
}

func TestRefusalsHaveTheStatusThatFitsAndASentence(t *testing.T) {
	url, _ := serve(t)
	cases := []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/system/functions", `{"service":`, 400, "JSON"},
		{"POST", "/system/functions", `{"service":"a--b","image":"i"}`, 400, "not valid"},
		{"POST", "/system/functions", `{"service":"a"}`, 400, "no image"},
		{"PUT", "/system/functions", `{"service":"a","image":"i"}`, 404, "not deployed"},
		{"PUT", "/system/functions", `{"service":"a"}`, 404, "not deployed"},
		{"GET", "/system/namespace/", ``, 400, "not valid"},
		{"DELETE", "/system/functions", `{"functionName":"a"}`, 404, "not deployed"},
		{"DELETE", "/system/functions", `{}`, 400, "functionName"},
		{"GET", "/system/function/a", ``, 404, "not deployed"},
		{"POST", "/system/scale-function/a", `{"serviceName":"a","replicas":1}`, 404, "not deployed"},
		{"POST", "/system/scale-function/a", `{"serviceName":"a","replicas":2}`, 400, "one replica"},
		{"POST", "/system/scale-function/a", `{"serviceName":"b","replicas":1}`, 400, "another"},
		{"POST", "/system/scale-function/a", `{"replicas":-1}`, 400, "JSON"},
		{"GET", "/system/functions?namespace=a--b", ``, 400, "not valid"},
		{"POST", "/system/functions", `{"service":"` + strings.Repeat("a", maxBodyBytes) + `"}`, 400, "too large"},
	}
	for _, c := range cases {
		if status, body := call(t, c.method, url+c.path, "right", c.body); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s %s %.60s: %d %s", c.method, c.path, c.body, status, body)
		}
	}
}

func TestAnUnknownFunctionIs404AlsoForAnEventStream(t *testing.T) {
	url, _ := serve(t)
	for _, accept := range []string{"*/*", "text/event-stream"} {
		r, _ := http.NewRequest("GET", url+"/function/nobody/path?q=1", nil)
		r.Header.Set("Accept", accept)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != 404 || answer.Header.Get(internalHeader) != "proxy" || !strings.Contains(string(body), "not deployed") {
			t.Errorf("%s: %d %v %q", accept, answer.StatusCode, answer.Header, body)
		}
	}
}

func TestSecretsGoInAndNeverComeOut(t *testing.T) {
	url, dir := serve(t)
	url += "/system/secrets"
	step := func(method, body string, want int) string {
		t.Helper()
		status, answer := call(t, method, url, "right", body)
		if status != want {
			t.Errorf("%s %s: %d %s", method, body, status, answer)
		}
		return answer
	}
	file := func() string {
		content, _ := os.ReadFile(filepath.Join(dir, "openfaas-fn", "key"))
		return string(content)
	}
	step("PUT", `{"name":"key","value":"a"}`, 404)
	step("POST", `{"name":"key","value":"hush"}`, 201)
	step("POST", `{"name":"key","value":"hush"}`, 409)
	if got := step("GET", "", 200); !strings.Contains(got, `"key"`) || strings.Contains(got, "hush") {
		t.Error(got)
	}
	if file() != "hush" {
		t.Errorf("%q", file())
	}
	step("PUT", `{"name":"key","rawValue":"AAEC"}`, 202)
	if file() != "\x00\x01\x02" {
		t.Errorf("%q", file())
	}
	step("POST", `{"name":"../key","value":"x"}`, 400)
	step("DELETE", `{"name":"key"}`, 202)
	step("DELETE", `{"name":"key"}`, 404)
}

func TestWithItsDefectsOnTheApiAnswersAsFaasdDoes(t *testing.T) {
	for _, c := range []struct {
		defect, method, path, body string
		status                     int
	}{
		{defects.PlainSuccess, "POST", "/system/secrets", `{"name":"a","value":"b"}`, 200},
		{defects.CoarseRefusals, "DELETE", "/system/functions", `{}`, 404},
		{defects.BodyOnly, "POST", "/system/scale-function/a", `{"serviceName":"b","replicas":1}`, 404},
		{defects.BodyOnly, "POST", "/system/scale-function/a?namespace=a--b", `{"serviceName":"a","replicas":1}`, 404},
		{defects.LooseSecrets, "PUT", "/system/secrets", `{"name":"a","value":"b"}`, 201},
		{defects.LooseSecrets, "PUT", "/system/secrets", `{`, 500},
		{defects.LooseSecrets, "DELETE", "/system/secrets", `{"name":"a"}`, 500},
		{defects.LooseSecrets, "POST", "/system/secrets", `{"name":"../a","value":"b"}`, 400},
		{defects.LooseSecrets, "POST", "/system/secrets", `{"name":"a","namespace":"..","value":"b"}`, 400},
		{defects.StrictNamespaces, "GET", "/system/namespace/", ``, 400},
		{defects.StrictNamespaces, "POST", "/system/namespace/x", `{"name":"x"}`, 400},
		{defects.StrictNamespaces, "PUT", "/system/namespace/x", `{"name":"y","labels":{"openfaas":"1"}}`, 400},
		{defects.Proxy503, "GET", "/function/nobody", ``, 503},
		{defects.JournalLogs, "GET", "/system/logs?name=nobody", ``, 200},
	} {
		url, _ := serve(t, c.defect)
		if status, body := call(t, c.method, url+c.path, "right", c.body); status != c.status {
			t.Errorf("%s: %s %s %s: %d %s", c.defect, c.method, c.path, c.body, status, body)
		}
	}
}

func TestNamespacesNeedThePasswordUnlessADefectSaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		shown  []string
		status int
	}{{nil, 401}, {[]string{defects.OpenNamespaces, defects.StrictNamespaces}, 400}} {
		url, _ := serve(t, c.shown...)
		if status, body := call(t, "GET", url+"/system/namespace/", "wrong", ""); status != c.status {
			t.Errorf("%v: %d %s", c.shown, status, body)
		}
		if status, _ := call(t, "GET", url+"/system/functions", "wrong", ""); status != 401 {
			t.Errorf("%v: functions are listed without it: %d", c.shown, status)
		}
	}
}

func TestASecretThatIsThereIsWrittenOverByTheDefectAlone(t *testing.T) {
	url, dir := serve(t, defects.LooseSecrets, defects.PlainSuccess)
	for _, value := range []string{"one", "two"} {
		if status, body := call(t, "POST", url+"/system/secrets", "right", `{"name":"key","value":"`+value+`"}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if content, _ := os.ReadFile(filepath.Join(dir, "openfaas-fn", "key")); string(content) != value {
			t.Errorf("%q", content)
		}
	}
}

func TestTheProxysOwnErrorIsABadGatewayAndAFunctionsErrorStaysWhatItIs(t *testing.T) {
	for _, c := range []struct {
		internal, plain bool
		status, want    int
	}{
		{true, false, 500, 502}, {true, true, 500, 500}, {false, false, 500, 500}, {false, false, 503, 503}, {false, false, 200, 200},
	} {
		recorder := httptest.NewRecorder()
		p := &preciseWriter{ResponseWriter: recorder, plain: c.plain, refusal: func() error { return nil }, fail: api{}.fail}
		if c.internal {
			p.Header().Set(internalHeader, "proxy")
		}
		p.WriteHeader(c.status)
		if recorder.Code != c.want || !p.wrote {
			t.Errorf("%+v: %d", c, recorder.Code)
		}
	}
}
