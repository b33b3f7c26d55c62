// Writes what src/pki has to write as well, with Go's own crypto/x509 and crypto/cipher:
//
//	go run make.go
//
// The keys beside it are test keys, public in this repository and good for nothing else; they are made only where
// they are missing. RSA signatures do not vary, so RSA certificates are compared as a whole; ECDSA ones up to the
// signature.
package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"time"
)

var (
	begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	end   = time.Date(2027, 1, 2, 3, 9, 5, 0, time.UTC)
	late  = time.Date(2056, 1, 2, 3, 9, 5, 0, time.UTC)

	leafUse = x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature
	caUse   = leafUse | x509.KeyUsageCertSign
)

func main() {
	for _, kind := range []string{"rsa", "p256", "p384"} {
		caKey, leafKey := key(kind+"-ca", kind), key(kind+"-leaf", kind)
		ca := authority("kubernetes", caKey)
		write(kind+"-ca.crt", "CERTIFICATE", ca.Raw)
		write(kind+"-leaf.crt", "CERTIFICATE", leaf(ca, caKey, leafKey, names()).Raw)
	}

	caKey, leafKey := key("rsa-ca", "rsa"), key("rsa-leaf", "rsa")
	ca := authority("kubernetes", caKey)
	client := template(pkix.Name{CommonName: "u", Organization: []string{"system:masters", "a_b"}}, late)
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	write("rsa-client.crt", "CERTIFICATE", sign(client, ca, leafKey.Public(), caKey).Raw)

	odd := oddAuthority(caKey)
	write("odd-ca.crt", "CERTIFICATE", odd.Raw)
	write("odd-leaf.crt", "CERTIFICATE", leaf(odd, caKey, leafKey, names()).Raw)

	seal("sealed.bin", []byte("content\n"))
}

// An entry of the kubeadm-certs Secret, as kubeadm seals it, under the key 00 01 02 … 1f and the nonce 07 07 ….
func seal(name string, content []byte) {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	block, err := aes.NewCipher(key)
	check(err)
	gcm, err := cipher.NewGCM(block)
	check(err)
	nonce := bytes.Repeat([]byte{7}, gcm.NonceSize())
	check(os.WriteFile(name, gcm.Seal(nonce, nonce, content, nil), 0o644))
}

func names() *x509.Certificate {
	return &x509.Certificate{
		DNSNames:    []string{"*.example.com", "kubernetes", "node-1"},
		IPAddresses: []net.IP{net.ParseIP("10.96.0.1"), net.ParseIP("fd00::1")},
	}
}

func template(subject pkix.Name, notAfter time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject,
		SerialNumber:          big.NewInt(0x7eadbeef00000001),
		NotBefore:             begin,
		NotAfter:              notAfter,
		KeyUsage:              leafUse,
		BasicConstraintsValid: true,
	}
}

func authority(name string, key crypto.Signer) *x509.Certificate {
	cert := template(pkix.Name{CommonName: name}, late)
	cert.SerialNumber = big.NewInt(1)
	cert.KeyUsage = caUse
	cert.IsCA = true
	cert.DNSNames = []string{name}
	return sign(cert, cert, key.Public(), key)
}

// A CA of someone else's making: attributes twice, a set of two, an e-mail address, text beyond ASCII, an id that is no digest.
func oddAuthority(key crypto.Signer) *x509.Certificate {
	cert := template(pkix.Name{}, late)
	cert.SerialNumber = big.NewInt(0)
	cert.KeyUsage = caUse
	cert.IsCA = true
	cert.SubjectKeyId = []byte{1, 2, 3}
	attribute := func(value string, oid ...int) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier(oid), Value: value}
	}
	cert.RawSubject, _ = asn1.Marshal(pkix.RDNSequence{
		{attribute("one", 2, 5, 4, 11)},
		{attribute("two", 2, 5, 4, 11)},
		{attribute("a", 2, 5, 4, 10), attribute("b", 2, 5, 4, 10)},
		{attribute("Grün & Söhne", 2, 5, 4, 3)},
		{attribute("ca@example.com", 1, 2, 840, 113549, 1, 9, 1)},
	})
	return sign(cert, cert, key.Public(), key)
}

func leaf(ca *x509.Certificate, caKey, leafKey crypto.Signer, names *x509.Certificate) *x509.Certificate {
	cert := template(pkix.Name{CommonName: "node-1"}, end)
	cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	cert.DNSNames, cert.IPAddresses = names.DNSNames, names.IPAddresses
	return sign(cert, ca, leafKey.Public(), caKey)
}

func sign(cert, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, public, signer)
	check(err)
	made, err := x509.ParseCertificate(der)
	check(err)
	return made
}

func key(name, kind string) crypto.Signer {
	if text, err := os.ReadFile(name + ".key"); err == nil {
		block, _ := pem.Decode(text)
		if kind == "rsa" {
			key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
			check(err)
			return key
		}
		key, err := x509.ParseECPrivateKey(block.Bytes)
		check(err)
		return key
	}
	switch kind {
	case "rsa":
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		check(err)
		write(name+".key", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
		return key
	case "p256":
		return newECDSA(name, elliptic.P256())
	default:
		return newECDSA(name, elliptic.P384())
	}
}

func newECDSA(name string, curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	check(err)
	der, err := x509.MarshalECPrivateKey(key)
	check(err)
	write(name+".key", "EC PRIVATE KEY", der)
	return key
}

func write(name, label string, der []byte) {
	check(os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}), 0o644))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
