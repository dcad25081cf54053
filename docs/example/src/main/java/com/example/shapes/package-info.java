/** Learns what pictures show. */
package com.example.shapes;
