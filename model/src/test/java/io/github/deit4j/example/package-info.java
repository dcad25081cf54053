/** Programs as a user of the library would write them; the tests run them. */
package io.github.deit4j.example;
