// Judges certificates with Go's crypto/x509, for tests/x509/main.rs.
//
//	go run judge.go CERTIFICATES QUESTIONS
//
// CERTIFICATES has one in hexadecimal DER a line, QUESTIONS has lines of: seconds since 1970, purposes (a word of s and c, or -),
// and the places of a leaf, of roots and of intermediates among the certificates, the latter two divided by commas. It prints
// a line for each certificate, and then for each question: "yes", or "no" and what Go says.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	var all []*x509.Certificate
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range lines(os.Args[1]) {
		der, _ := hex.DecodeString(line)
		cert, err := x509.ParseCertificate(der)
		all = append(all, cert)
		fmt.Fprintln(out, told(err))
	}
	for _, line := range lines(os.Args[2]) {
		fmt.Fprintln(out, told(answer(strings.Split(line, " "), all)))
	}
}

func lines(path string) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	if len(content) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}

func told(err error) string {
	if err != nil {
		return "no " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "yes"
}

// Each purpose has to hold by itself.
func answer(words []string, all []*x509.Certificate) error {
	seconds, _ := strconv.ParseInt(words[0], 10, 64)
	usages := map[rune]x509.ExtKeyUsage{'-': x509.ExtKeyUsageAny, 's': x509.ExtKeyUsageServerAuth, 'c': x509.ExtKeyUsageClientAuth}
	leaf := pool(words[2], all)[0]
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, cert := range pool(words[3], all) {
		roots.AddCert(cert)
	}
	for _, cert := range pool(words[4], all) {
		intermediates.AddCert(cert)
	}
	for _, purpose := range words[1] {
		options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: time.Unix(seconds, 0), KeyUsages: []x509.ExtKeyUsage{usages[purpose]}}
		if _, err := leaf.Verify(options); err != nil {
			return err
		}
	}
	return nil
}

func pool(places string, all []*x509.Certificate) []*x509.Certificate {
	var found []*x509.Certificate
	for _, place := range strings.Split(places, ",") {
		if index, err := strconv.Atoi(place); err == nil {
			found = append(found, all[index])
		}
	}
	return found
}
