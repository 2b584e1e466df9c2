// Receives Magic Hour's webhooks: verifies, answers, then works.
//
//	MAGIC_HOUR_WEBHOOK_SECRET=... go run webhook.go [PORT]
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
)

const (
	tolerance    = 300 * time.Second
	maxBodyBytes = 2 << 20
)

var (
	secret        = []byte(strings.TrimSpace(os.Getenv("MAGIC_HOUR_WEBHOOK_SECRET")))
	signatureForm = regexp.MustCompile(`\A[0-9a-f]{64}\z`)
	timestampForm = regexp.MustCompile(`\A[0-9]{1,12}\z`)
	work          = make(chan event, 10_000)
	// Survives no restart and is not shared between processes: use a table with a unique key on (job id, type) in production.
	handled sync.Map
)

type event struct {
	Type    *string  `json:"type"`
	Payload *payload `json:"payload"`
}

type payload struct {
	ID        *string         `json:"id"`
	Downloads []download      `json:"downloads"`
	Error     json.RawMessage `json:"error"`
}

type download struct {
	URL string `json:"url"`
}

func main() {
	if len(secret) == 0 {
		log.Fatal("MAGIC_HOUR_WEBHOOK_SECRET is not set")
	}
	port := "8000"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if errors.Is(err, syscall.EADDRINUSE) {
		log.Fatalf("cannot listen on port %s: it is in use", port)
	}
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for one := range work {
			handle(one)
		}
	}()
	http.HandleFunc("/webhook", webhook)
	fmt.Printf("listening on http://%s/webhook\n", listener.Addr())
	server := &http.Server{ReadTimeout: 30 * time.Second}
	log.Fatal(server.Serve(listener))
}

func webhook(response http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		answer(response, http.StatusMethodNotAllowed, `{"message":"only POST"}`)
		return
	}
	// The bytes as they came: they were signed, not what a decoder makes of them.
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, maxBodyBytes))
	if err != nil {
		answer(response, http.StatusRequestEntityTooLarge, `{"message":"body too large or broken off"}`)
		return
	}
	if !isAuthentic(request.Header, body) {
		answer(response, http.StatusUnauthorized, `{"message":"wrong signature"}`)
		return
	}
	one, ok := parse(body)
	if !ok {
		answer(response, http.StatusBadRequest, `{"message":"body is not an event"}`)
		return
	}
	// The same event may come again: it is answered alike, and handled once.
	key := *one.Payload.ID + ":" + *one.Type
	if _, known := handled.LoadOrStore(key, true); !known {
		select {
		case work <- one:
		default: // The queue is full: Magic Hour sends it again.
			handled.Delete(key)
			answer(response, http.StatusServiceUnavailable, `{"message":"too busy"}`)
			return
		}
	}
	answer(response, http.StatusOK, `{"success":true}`)
}

// handle is your work, after the answer: Magic Hour waits 10 s for that, and no longer.
func handle(one event) {
	_, phase, _ := strings.Cut(*one.Type, ".")
	switch phase {
	case "completed":
		for _, file := range one.Payload.Downloads {
			log.Println("ready:", file.URL)
		}
	case "errored":
		log.Println("failed:", string(one.Payload.Error))
	default:
		log.Println("noted:", *one.Type) // Types that are new are no error either.
	}
}

func answer(response http.ResponseWriter, status int, body string) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_, _ = io.WriteString(response, body)
}

func isAuthentic(header http.Header, body []byte) bool {
	signature, timestamp := only(header, "Magic-Hour-Event-Signature", signatureForm), only(header, "Magic-Hour-Event-Timestamp", timestampForm)
	if signature == "" || timestamp == "" {
		return false
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	if age := time.Since(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return false
	}
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), given)
}

// only is the value of a header that must be there once and in its form.
func only(header http.Header, name string, form *regexp.Regexp) string {
	values := header.Values(name)
	if len(values) != 1 || !form.MatchString(values[0]) {
		return ""
	}
	return values[0]
}

func parse(body []byte) (event, bool) {
	var one event
	// encoding/json replaces what is not UTF-8 without a word.
	if !utf8.Valid(body) || json.Unmarshal(body, &one) != nil {
		return one, false
	}
	return one, one.Type != nil && one.Payload != nil && one.Payload.ID != nil
}
